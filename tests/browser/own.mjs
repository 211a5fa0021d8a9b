// Uses the laboratory with 24 points of one's own, from 1990 to 2019.9, half of them noisy:
// node own.mjs URL CHROMIUM. Exit code 0: everything worked.
import assert from "node:assert/strict";
import { everything, open, run, settled, text, url } from "./page.mjs";

const handles = (page) => page.locator(".hits circle");
const labels = (page) => handles(page).evaluateAll((circles) => circles.map((c) => c.getAttribute("aria-label")));
const output = (page, name) => page.locator(`label:has([name="${name}"]) output`).textContent();
const state = (page) => new URL(page.url()).search;
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
// Until what was done is drawn and in the address.
async function rest(page) { await settled(page); await page.waitForTimeout(350); }
// Handles of near points overlap: the mouse goes to the middle of one.
async function click(page, i) {
  const box = await handles(page).nth(i).boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}
async function drag(page, i, right, down) {
  const box = await handles(page).nth(i).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + right, box.y + box.height / 2 + down, { steps: 6 });
  await page.mouse.up();
  await rest(page);
}

async function shown_at_the_root() {
  const page = await open("");
  assert.equal(await handles(page).count(), 24);
  assert.equal(await output(page, "points"), "24");
  assert.equal(await page.locator("[name=points]").getAttribute("aria-valuetext"), "24");
  assert.match(await text(page, "#own-note"), /^24 points of your own/);
  assert.equal(state(page), "", "the address of the page is the root");
  const axis = await page.locator("#p-full > svg:not(.hits)").textContent();
  for (const year of ["1990", "2000", "2010"]) assert.ok(axis.includes(year), `${year} is on the axis`);
  assert.match((await labels(page))[0], /^Point 1: x 1990\.0, y 250000/);
  await page.locator("#points-shown summary").click();
  assert.equal((await page.locator("#points-table tr").first().textContent()), "11990250000noyes");

  // Nothing is called the truth.
  const said = async () => (await page.locator("body").innerText()).toLowerCase();
  assert.ok((await said()).includes("no truth known: compared with the broken line through the clean points"));
  for (const [choice, words] of [["line", "compared with the broken line"], ["function", "compared with the function runge of your choice"], ["none", "compared with nothing"]]) {
    await page.locator("[name=against]").selectOption(choice);
    await rest(page);
    assert.ok((await said()).includes(words), words);
    assert.ok(!(await said()).includes("true function"), choice);
    const picture = await page.locator("#p-full > svg:not(.hits)").textContent();
    assert.ok(!picture.includes("truth"), choice);
    assert.equal(picture.includes("compared with"), choice !== "none");
    const loss = await page.locator("#numbers td").nth(1).textContent();
    assert.equal(loss === "-", choice === "none", `${choice}: ${loss}`);
  }
  // A formula is read when it is written; the command has it quoted.
  await page.locator("[name=against]").selectOption("formula");
  await rest(page);
  const formula = page.getByRole("textbox", { name: "Formula in x" });
  await formula.fill("2.5e5 + 9e4 * sin((x - 1990) / 5.9)");
  await formula.press("Enter");
  await rest(page);
  assert.ok((await said()).includes("compared with the function 2.5e5 + 9e4 * sin((x - 1990) / 5.9) of your choice"));
  assert.match(await text(page, "#c-fit"), /--function '2\.5e5 \+ 9e4 \* sin\(\(x - 1990\) \/ 5\.9\)' --data/);
  await page.goBack();
  await rest(page);
  assert.ok((await said()).includes("compared with the function x of your choice"));
  await page.context().close();
}

async function many_draws() {
  const page = await open("");
  await press(page, "1000 draws");
  await page.waitForFunction(() => document.querySelector("#draws-lines").textContent.includes("% ("));
  const lines = await text(page, "#draws-lines");
  assert.match(lines, /Drawn again on your abscissae: noise of standard deviation .* on 12 of 24 points, about the broken line/);
  assert.equal(await output(page, "points"), "24", "the points stay");
  assert.match(await text(page, "#c-draws"), /--data points\.csv .*--resample --trials 1000/);
  const picture = await page.locator("#p-losses > svg").textContent();
  assert.ok(picture.includes("the reference") && !picture.includes("truth"), picture);
  await page.context().close();

  const clean = await open("?own=1990,5,c;2000,7,c;2010,6,c");
  assert.ok(await clean.locator("#many").isDisabled());
  assert.match(await text(clean, "#draws-hint"), /one draw: 0 of 3 points are noisy/);
  await press(clean, "Mark noisy");
  await click(clean, 1);
  await rest(clean);
  assert.ok(await clean.locator("#many").isEnabled(), "a noisy point makes draws possible");
  await clean.goto(url + "?own=1990,5,c;2000,7,c;2010,6,c&draws=1000");
  await rest(clean);
  assert.ok(await clean.locator("#draws-body").isHidden(), "an old address: no generated draws under own points");
  assert.match(await text(clean, "#draws-hint"), /one draw/);
  await clean.context().close();
}

async function undo_and_redo() {
  const page = await open("");
  const before = await labels(page), numbers = await text(page, "#numbers");
  assert.ok(await page.locator("#undo").isDisabled() && await page.locator("#redo").isDisabled());
  await drag(page, 5, 10, -40);
  const dragged = await labels(page);
  assert.notEqual(dragged[5], before[5]);
  assert.deepEqual(dragged.filter((_, i) => i !== 5), before.filter((_, i) => i !== 5), "no other point moves");
  await press(page, "Remove");
  await click(page, 0);
  await rest(page);
  await press(page, "Add in the widest gap");
  await rest(page);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await rest(page);
  assert.equal(await handles(page).count(), 24);
  const last = await labels(page);
  for (const count of [24, 23, 24]) {
    await page.keyboard.press("Control+z");
    await rest(page);
    assert.equal(await handles(page).count(), count);
  }
  assert.deepEqual(await labels(page), dragged, "presses of arrow keys in a row are one step, as are add and delete");
  await press(page, "Undo");
  await rest(page);
  assert.deepEqual(await labels(page), before);
  assert.equal(await text(page, "#numbers"), numbers);
  assert.ok(await page.locator("#undo").isDisabled());
  for (let i = 0; i < 2; i++) { await press(page, "Redo"); await rest(page); }
  for (const keys of ["Control+Shift+z", "Control+y"]) { await page.keyboard.press(keys); await rest(page); }
  assert.deepEqual(await labels(page), last);
  assert.ok(await page.locator("#redo").isDisabled());
  await page.context().close();
}

async function back_and_forward() {
  const page = await open("");
  const seen = [[state(page), await everything(page)]];
  const mark = async () => { await rest(page); seen.push([state(page), await everything(page)]); };
  await drag(page, 3, 0, 30);
  await mark();
  await page.locator("[name=degree]").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft");
  await mark();
  await page.locator("[name=basis]").selectOption("legendre");
  await mark();
  assert.equal(new Set(seen.map(([address]) => address)).size, 4, "each state has its address");
  for (const [address, look] of seen.toReversed().slice(1)) {
    await page.goBack();
    await rest(page);
    assert.equal(state(page), address);
    assert.ok((await everything(page)) === look, `Back to ${address}`);
  }
  for (const [address, look] of seen.slice(1)) {
    await page.goForward();
    await rest(page);
    assert.equal(state(page), address);
    assert.ok((await everything(page)) === look, `Forward to ${address}`);
  }
  await page.context().close();
}

async function asking() {
  const page = await open("");
  const before = await labels(page);
  const slide = async (name) => { await page.locator(`[name="${name}"]`).focus(); await page.keyboard.press("ArrowRight"); };
  for (const name of ["points", "noisy-fraction", "noise"]) {
    const value = await page.locator(`[name="${name}"]`).inputValue();
    await slide(name);
    assert.match(await text(page, "#ask-text"), /in place of your 24 points/);
    await press(page, "Keep my points");
    await rest(page);
    assert.deepEqual(await labels(page), before, name);
    assert.equal(await page.locator(`[name="${name}"]`).inputValue(), value, `${name} goes back`);
  }
  await press(page, "Draw again");
  await page.keyboard.press("Escape");
  await rest(page);
  assert.deepEqual(await labels(page), before, "Escape keeps them");
  await slide("points");
  await press(page, "Replace my points");
  await rest(page);
  assert.equal(await handles(page).count(), 25, "one more than the slider showed");
  assert.ok(await page.locator("#unknown").isHidden());
  assert.equal(await text(page, "#l-function"), "True function");
  assert.notEqual(state(page), "");
  await page.reload();
  await settled(page);
  assert.equal(await handles(page).count(), 25, "the address gives generated points again");
  await page.goBack();
  await rest(page);
  assert.deepEqual(await labels(page), before, "Back brings them back");
  await slide("points");
  await press(page, "Replace my points");
  await rest(page);
  await page.keyboard.press("Control+z");
  await rest(page);
  assert.deepEqual(await labels(page), before, "and so does undo");
  await press(page, "Reset");
  await rest(page);
  assert.equal(state(page), "");
  assert.deepEqual(await labels(page), before, "the points of the start");

  // Generated points in their default state are not the state at the root.
  await page.goto(url + "?points=10");
  await rest(page);
  assert.equal(await handles(page).count(), 10);
  assert.equal(state(page), "?points=10");
  await slide("points");
  assert.ok(await page.locator("#ask").isHidden(), "nothing to ask about generated points");
  await page.context().close();
}

// A dragged point stays in the interval that is mapped to [-1, 1], and this interval stays.
async function any_size() {
  const page = await open("?own=1e-9,1e9,c;2e-9,3e9,n;3e-9,-2e9,c;4e-9,1e9,c&degree=2&prune=1&domain=1e-9,4e-9");
  await drag(page, 3, 400, 0);
  assert.equal(new URL(page.url()).searchParams.get("domain"), "1e-9,4e-9");
  const x = +new URL(page.url()).searchParams.get("own").split(";")[3].split(",")[0];
  assert.ok(Math.abs(x - 4e-9) < 1e-15, `${x} is the end of the interval`);
  const axis = await page.locator("#p-full > svg:not(.hits)").textContent();
  assert.match(axis, /e−9/, "small numbers have an exponent");
  await page.context().close();
}

await run([shown_at_the_root, many_draws, undo_and_redo, back_and_forward, asking, any_size]);
