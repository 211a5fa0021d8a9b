// Uses the laboratory as a reader would: node explore.mjs URL CHROMIUM. Exit code 0: everything worked.
import assert from "node:assert/strict";
import { changed, complaints, everything, open, run, settled, text, url } from "./page.mjs";

async function controls() {
  const page = await open("");
  const names = await page.evaluate(() => [...document.querySelectorAll("#controls [name], #sets [name]")].map((e) => e.name));
  assert.deepEqual(names.toSorted(), ["basis", "clean", "degree", "degrees", "design", "function", "noise", "noisy", "noisy-fraction", "placement", "points", "prune", "refit", "seed", "sets"]);
  for (const name of names) {
    const before = await everything(page);
    const control = page.locator(`[name="${name}"]`);
    const kind = await control.evaluate((e) => e.type);
    await control.focus();
    if (kind === "checkbox" || kind === "number") await page.keyboard.press(kind === "checkbox" ? "Space" : "ArrowUp");
    // One step of a slider may change nothing: a share of few points is rounded to whole points.
    else if (kind === "range") for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
    else await control.selectOption({ index: 1 });
    assert.ok(await changed(page, before), `moving ${name} changes what is shown`);
    await page.waitForTimeout(600);
    assert.equal(await text(page, "#status"), "", `${name}: no complaint`);
    assert.ok((await page.url()).includes(`${name}=`), `${name} is in the address`);
  }
  const before = await everything(page);
  const address = page.url();
  await page.reload();
  await settled(page);
  await page.waitForTimeout(300);
  assert.ok((await everything(page)) === before, "the address gives the same again");
  assert.equal(page.url(), address);
  await page.getByRole("button", { name: "Draw again" }).click();
  assert.ok(await changed(page, before), "another draw");
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  await page.waitForTimeout(400);
  assert.equal(new URL(page.url()).search, "");
  await page.context().close();
}

async function points() {
  const page = await open("");
  const handle = (i) => page.locator(".hits circle").nth(i);
  const box = await handle(4).boundingBox();
  const before = await text(page, "#numbers");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y - 30, { steps: 5 });
  await page.mouse.up();
  await settled(page);
  await page.waitForTimeout(300);
  assert.notEqual(await text(page, "#numbers"), before, "a dragged point changes the fit");
  assert.ok(page.url().includes("own="), "one's own points are in the address");

  const count = () => page.locator(".hits circle").count();
  assert.equal(await count(), 10);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const plot = await page.locator(".hits").boundingBox();
  await page.mouse.click(plot.x + plot.width * 0.45, plot.y + plot.height * 0.75);
  await page.waitForFunction(() => document.querySelectorAll(".hits circle").length === 11);
  await page.getByRole("button", { name: "Mark noisy" }).click();
  await handle(10).click();
  await page.waitForFunction(() => document.querySelectorAll(".hits circle")[10].getAttribute("aria-label").includes("noisy,"));
  await page.getByRole("button", { name: "Drag, or click" }).click();
  await handle(10).click();
  await page.waitForFunction(() => document.querySelectorAll(".hits circle")[10].getAttribute("aria-label").includes("not in the coreset"));
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await handle(0).click();
  await page.waitForFunction(() => document.querySelectorAll(".hits circle").length === 10);

  // The same by keyboard alone.
  await handle(3).focus();
  const label = await handle(3).getAttribute("aria-label");
  for (const key of ["ArrowUp", "ArrowLeft", "n", "Enter"]) { await page.keyboard.press(key); await page.waitForTimeout(120); }
  assert.notEqual(await handle(3).getAttribute("aria-label"), label);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "circle", "the focus stays on the point");
  await page.keyboard.press("Delete");
  await page.waitForFunction(() => document.querySelectorAll(".hits circle").length === 9);

  await page.waitForTimeout(300);
  const shown = await everything(page);
  await page.reload();
  await settled(page);
  await page.waitForTimeout(300);
  assert.ok((await everything(page)) === shown, "one's own points come back from the address");
  await page.context().close();
}

async function many() {
  const page = await open("?draws=1000");
  await page.waitForFunction(() => document.querySelector("#draws-lines").textContent.includes("% ("));
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[data-csv='prune_study.csv']").click()]);
  assert.equal(download.suggestedFilename(), "prune_study.csv");
  const [drawing] = await Promise.all([page.waitForEvent("download"), page.locator("[data-svg='full']").click()]);
  assert.equal(drawing.suggestedFilename(), "full.svg");
  await page.context().close();
}

async function tour() {
  const page = await open("");
  await page.getByRole("button", { name: "Take the tour" }).click();
  for (let step = 1; step <= 6; step++) {
    await settled(page);
    assert.equal(await text(page, "#tour .count"), `Step ${step} of 6`);
    for (const attempt of await page.locator("#tour .tries button").all()) { await attempt.click(); await settled(page); }
    assert.equal(await text(page, "#status"), "");
    if (step < 6) await page.getByRole("button", { name: "Next" }).click();
  }
  await page.getByRole("button", { name: "Close" }).click();
  assert.ok(await page.locator("#tour").isHidden());
  await page.goBack();
  await page.waitForFunction(() => !document.querySelector("#tour").hidden);
  await page.context().close();

  // By keyboard alone: Enter goes on, though the box moves about the page, and Escape ends it.
  const keyed = await open("");
  const focused = () => keyed.evaluate(() => document.activeElement.id);
  await keyed.locator("#tour-start").focus();
  for (let step = 1; step <= 6; step++) {
    await keyed.keyboard.press("Enter");
    await settled(keyed);
    assert.equal(await text(keyed, "#tour .count"), `Step ${step} of 6`);
    assert.equal(await focused(), step < 6 ? "tour-next" : "tour-end");
  }
  await keyed.keyboard.press("Escape");
  assert.ok(await keyed.locator("#tour").isHidden());
  assert.equal(await focused(), "tour-start");
  await keyed.context().close();
}

// Every stop of the Tab key shows where it is, and nothing is reached that cannot be seen.
async function keyboard() {
  const page = await open("?draws=1000");
  const stops = new Set();
  for (let i = 0; i < 90; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === document.body) return null;
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      const marked = style.outlineStyle !== "none" || (e.tagName === "circle" && parseFloat(style.strokeWidth) > 5);
      return { name: e.id || e.name || e.dataset.tool || e.dataset.csv || e.dataset.svg || e.tagName, marked, seen: box.width > 0 && box.height > 0 };
    });
    if (!stop) break;
    assert.ok(stop.marked && stop.seen, `${stop.name}: the focus shows`);
    stops.add(stop.name);
  }
  for (const name of ["tour-start", "function", "points", "degree", "refit", "again", "many", "reset", "add", "circle", "points.csv", "full", "placement", "copy"]) assert.ok(stops.has(name), `Tab reaches ${name}`);
  await page.context().close();
}

async function sizes() {
  for (const colorScheme of ["light", "dark"]) for (const width of [360, 768, 1280, 1920]) {
    const page = await open("?draws=1000", { colorScheme, viewport: { width, height: 800 } });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels on a screen of ${width}`);
    await page.context().close();
  }
}

async function refusal() {
  const page = await open("");
  await page.goto(url + "?degree=1000000000");
  await page.waitForFunction(() => document.querySelector("#status").textContent.includes("no whole number"));
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("400 (Bad Request)")));
  await page.context().close();
}

await run([controls, points, many, tour, keyboard, sizes, refusal]);
