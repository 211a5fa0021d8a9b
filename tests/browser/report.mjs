// Reads the report as a reader would: node report.mjs URL CHROMIUM. Exit code 0: everything worked.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [url, executablePath] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
const complaints = [];

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (m) => complaints.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => complaints.push(`script: ${e.message}`));
  page.on("request", (r) => { if (r.url() !== url && !r.url().startsWith("data:")) complaints.push(`request for ${r.url()}`); });
  await page.goto(url);
  return page;
}

const column = (page, index) => page.locator(".verdicts tbody tr").evaluateAll((rows, at) => rows.map((row) => ({ text: row.cells[at].textContent.trim(), sort: row.cells[at].dataset.sort })), index);

async function sorting() {
  const page = await open();
  const heads = await page.locator(".verdicts thead button").allTextContents();
  assert.deepEqual(heads.slice(0, 3), ["Claim", "Verdict", "Effect"]);
  const before = await column(page, 0);
  for (const [index, numeric] of [[2, true], [0, false]]) {
    const head = page.locator(".verdicts thead th").nth(index);
    const values = async () => {
      const cells = await column(page, index);
      const full = cells.filter((cell) => cell.text !== "");
      assert.deepEqual(cells.slice(full.length).filter((cell) => cell.text !== ""), [], "cells without a value are last");
      return full.map((cell) => (numeric ? Number(cell.sort) : cell.text));
    };
    const inOrder = numeric ? (a, b) => a - b : (a, b) => a.localeCompare(b, "en", { numeric: true });
    await head.locator("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    const up = await values();
    assert.ok(up.length > 3);
    assert.deepEqual(up, up.toSorted(inOrder));
    await page.keyboard.press("Enter");
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    assert.deepEqual(await values(), up.toReversed().toSorted((a, b) => inOrder(b, a)));
  }
  assert.equal(await page.locator("[aria-sort]").count(), 1, "one head says how rows are sorted");
  const texts = (cells) => cells.map((cell) => cell.text).toSorted();
  assert.deepEqual(texts(await column(page, 0)), texts(before), "no row is lost");
  await page.context().close();
}

// The rows of a group stay under its title.
async function groups() {
  const page = await open();
  const table = page.locator("#table1 table.numbers");
  const titles = () => table.locator("tbody.group").allTextContents();
  const rows = () => table.evaluate((all) => [...all.tBodies].map((body) => [...body.rows].map((row) => row.textContent).toSorted()));
  const [before, held] = [await titles(), await rows()];
  assert.ok(before.length > 3, `${before.length} groups`);
  const head = table.locator("thead button").nth(2);
  const column = () => table.evaluate((all) => [...all.tBodies].filter((body) => !body.classList.contains("group")).map((body) => [...body.rows].map((row) => row.cells[2]).filter((cell) => cell.dataset.sort).map((cell) => Number(cell.dataset.sort))));
  for (const sign of [1, -1]) {
    await head.click();
    const groups = await column();
    assert.ok(groups.some((values) => new Set(values).size > 1), "something to sort");
    for (const values of groups) assert.deepEqual(values, values.toSorted((a, b) => sign * (a - b)));
  }
  assert.deepEqual([await titles(), await rows()], [before, held]);
  await page.context().close();
}

async function links() {
  const page = await open();
  const targets = await page.locator("a[href^='#']").evaluateAll((links) => links.map((link) => link.getAttribute("href").slice(1)));
  assert.ok(targets.length > 8);
  for (const id of new Set(targets)) assert.equal(await page.locator(`[id="${id}"]`).count(), 1, `${id} is on the page once`);
  await page.context().close();
}

async function sizes() {
  for (const colorScheme of ["light", "dark"]) for (const width of [360, 768, 1280, 1920]) {
    const page = await open({ colorScheme, viewport: { width, height: 800 } });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels on a screen of ${width}`);
    const pictures = await page.locator("figure svg").evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect()).map(({ width, right }) => ({ width, right })));
    assert.ok(pictures.length > 5 && pictures.every((box) => box.width >= 250 && box.right <= width), JSON.stringify(pictures));
    const ground = await page.evaluate(() => getComputedStyle(document.querySelector(".card")).backgroundColor.match(/\d+/g).map(Number));
    assert.ok(colorScheme === "dark" ? Math.max(...ground) < 60 : Math.min(...ground) > 240, `${colorScheme}: ${ground}`);
    await page.context().close();
  }
}

try {
  for (const check of [sorting, groups, links, sizes]) {
    await check();
    console.log(`${check.name}: ok`);
  }
  if (complaints.length) throw new Error(complaints.join("\n"));
} finally {
  await browser.close();
}
