// What helps readers of all kinds, and what they take home: node reader.mjs URL CHROMIUM. Exit code 0: everything worked.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browser, open, run, settled, text } from "./page.mjs";

async function download(page, locator) {
  const [file] = await Promise.all([page.waitForEvent("download"), locator.click()]);
  const path = join(mkdtempSync(join(tmpdir(), "laboratory-")), file.suggestedFilename());
  await file.saveAs(path);
  return { name: file.suggestedFilename(), path, bytes: readFileSync(path) };
}

// Everything that can be worked has a name in the tree that screen readers read.
async function names() {
  const page = await open("?draws=1000&own=-1,0,c;0,1,n;1,0.5,c&sets=subset");
  const tree = await (await page.context().newCDPSession(page)).send("Accessibility.getFullAXTree");
  const worked = tree.nodes.filter((n) => !n.ignored && ["slider", "combobox", "spinbutton", "checkbox", "button", "link", "DisclosureTriangle"].includes(n.role?.value));
  for (const node of worked) assert.ok(node.name?.value.trim(), `a ${node.role.value} has no name`);
  const of = (role) => worked.filter((n) => n.role.value === role).map((n) => n.name.value);
  assert.deepEqual(of("slider"), ["Number of points N", "Share of noisy points r", "Noise level σ", "Degree of the polynomial k", "Coefficients pruned", "Noisy points", "Clean points (the coreset) n", "Degrees up to"]);
  assert.deepEqual(of("combobox"), ["Function to compare with", "Placement of the points", "Basis of the coefficients", "Compare with", "Sets D and C", "Placement of these points"]);
  assert.deepEqual([...of("spinbutton"), ...of("checkbox")], ["Seed of the draw", "Fit the survivors again after pruning"]);
  const buttons = [...of("button"), ...of("link")].filter((name) => !name.startsWith("Point "));
  assert.equal(new Set(buttons).size, buttons.length, `names tell buttons apart: ${buttons}`);
  const images = tree.nodes.filter((n) => !n.ignored && n.role?.value === "image");
  assert.ok(images.length >= 4 && images.every((n) => n.name?.value), "pictures have names");
  await page.context().close();
}

// On a phone the first picture is on the first screen, above the settings, which are folded.
async function phone() {
  for (const query of ["", "?own=-1,0,c;0,1,n;1,0.5,c"]) {
    const page = await open(query, { viewport: { width: 360, height: 740 } });
    const box = (selector) => page.locator(selector).boundingBox();
    const [picture, bar] = [await box("#p-full > svg:not(.hits)"), await box("#controls")];
    assert.ok(picture.y >= 0 && picture.y + picture.height <= bar.y, `${query}: the picture ends at ${picture.y + picture.height}, the settings begin at ${bar.y}`);
    assert.ok(bar.y + bar.height <= 741, "the settings are at the foot of the screen");
    assert.ok(await page.locator("[name=points]").isHidden());
    await page.locator("#fold > summary").click();
    assert.ok(await page.locator("[name=points]").isVisible(), "they unfold");
    await page.context().close();
  }
  const wide = await open("");
  assert.ok(await wide.locator("[name=points]").isVisible() && await wide.locator("#fold > summary").isHidden());
  await wide.context().close();
}

async function paper() {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open("?draws=1000", { colorScheme });
    await page.waitForFunction(() => document.querySelector("#draws-lines").textContent.includes("% ("));
    await page.emulateMedia({ media: "print", colorScheme });
    for (const gone of ["#controls", "#tour-start", ".tools", "#copy", "[data-csv='points.csv']", "[name=sets]"]) assert.ok(await page.locator(gone).isHidden(), `${gone} is not printed`);
    for (const kept of ["#p-full > svg:not(.hits)", "#p-coreset > svg", "#p-losses > svg", "#p-difficulty > svg", "#numbers", "#draws-lines", "#c-fit"]) assert.ok(await page.locator(kept).isVisible(), `${kept} is printed`);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.ok(await page.locator("#difficulty-table").isVisible() && await page.locator("#points-table").isVisible(), "all numbers");
    assert.match(await text(page, "#settings-shown"), /True function: 1 \/ \(1 \+ 25x²\), Runge's; Number of points N: 10; .*Fit the survivors again after pruning: no;/);
    assert.ok(await page.locator("#settings-shown").isVisible());
    const pages = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages >= 2 && pages <= 6, `${pages} pages`);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await page.emulateMedia({ media: "screen" });
    assert.ok(await page.locator("#settings-shown").isHidden() && await page.locator("#difficulty-table").isHidden());
    await page.context().close();
  }
}

async function pictures() {
  const page = await open("?draws=1000&degree=6");
  await page.waitForFunction(() => document.querySelector("#draws-lines").textContent.includes("% ("));
  for (const id of ["full", "coreset", "full-coefficients", "coreset-coefficients", "losses", "difficulty"]) {
    const svg = await download(page, page.locator(`[data-svg="${id.replace("-", "_")}"]`));
    assert.ok(svg.name === `${id}.svg` && svg.bytes.toString().startsWith("<svg"), svg.name);
    const png = await download(page, page.locator(`[data-png="${id}"]`));
    assert.equal(png.name, `${id}.png`);
    assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.ok(png.bytes.readUInt32BE(16) >= 1200, "wide enough for a page");
  }
  await page.context().close();
}

// The saved page opens without the laboratory, and has the state, the pictures and the numbers.
async function saved() {
  const page = await open("?draws=1000&own=-1,0,c;-0.4,0.7,n;0.1,1,c;1,0.5,c&degree=3&prune=1&against=line");
  await page.waitForFunction(() => document.querySelector("#draws-lines").textContent.includes("% ("));
  const file = await download(page, page.getByRole("button", { name: "Save page" }));
  assert.equal(file.name, "laboratory.html");
  const numbers = await text(page, "#numbers"), verdict = await text(page, "#verdict");

  const context = await browser.newContext({ offline: true, viewport: { width: 1000, height: 900 } });
  const alone = await context.newPage();
  const faults = [];
  alone.on("request", (r) => { if (!r.url().startsWith("file:")) faults.push(r.url()); });
  alone.on("pageerror", (e) => faults.push(e.message));
  await alone.goto("file://" + file.path);
  assert.deepEqual(faults, []);
  assert.equal(await alone.locator("script, form, input, select, button, a[href]").count(), 0, "nothing that needs the program");
  assert.equal(await alone.locator(".picture > svg").count(), 6);
  for (const svg of await alone.locator(".picture > svg").all()) assert.ok((await svg.boundingBox()).width > 300);
  assert.equal(await text(alone, "#numbers"), numbers);
  assert.equal(await text(alone, "#verdict"), verdict);
  assert.ok(await alone.locator("#difficulty-table tr").nth(19).isVisible());
  assert.equal(await alone.locator("#points-table tr").count(), 4);
  assert.match(await text(alone, "#settings-shown"), /Number of points N: 4; .*Degree of the polynomial k: 3; .*Compare with: the broken line/);
  assert.match(await text(alone, ".commands"), /\?.*degree=3.*own=-1%2C0%2Cc/);
  assert.ok((await alone.locator("body").innerText()).includes("No truth known"));
  await context.close();
  await page.context().close();
}

async function words() {
  const page = await open("");
  assert.match(await text(page, "#link-note"), /works on it alone/);
  assert.equal(await text(page, "#copy"), "Copy the link (for this machine only)");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("#copy").click();
  await page.waitForFunction(() => document.querySelector("#copy").textContent === "Copied");
  for (const command of ["#c-fit", "#c-difficulty"]) assert.match(await text(page, command), / --out data\/results\/laboratory$/);
  assert.match(await text(page, "#difficulty-verdict"), /In this one draw, .* by [\d.]+ on average; over 200 draws, by [\d.]+ on average \(95 %/);
  assert.match(await page.locator("#p-difficulty > svg").textContent(), /per degree in this draw/);
  await page.getByRole("button", { name: "1000 draws" }).click();
  await settled(page);
  await page.waitForFunction(() => document.querySelector("#difficulty-verdict").textContent.startsWith("Each degree more"));
  assert.ok(!(await page.locator("#p-difficulty > svg").textContent()).includes("in this draw"));
  await page.context().close();
}

await run([names, phone, paper, pictures, saved, words]);
