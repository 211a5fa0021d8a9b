// A browser on the laboratory, for the tests beside this file: pages that complain of errors and of requests to
// others, and the wait until all questions are answered.
import { chromium } from "playwright-core";

export const [url, executablePath] = process.argv.slice(2);
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const browser = await chromium.launch({ executablePath, args: quiet });
export const complaints = [];

export async function open(query, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) complaints.push(`console: ${m.text()}`); });
  page.on("pageerror", (e) => complaints.push(`script: ${e.message}`));
  page.on("request", (r) => {
    const to = new URL(r.url());
    if (!["data:", "blob:"].includes(to.protocol) && to.host !== new URL(url).host) complaints.push(`request to ${to.host}`);
  });
  await page.goto(url + query);
  await settled(page);
  return page;
}

// All questions are answered: nothing has been asked for a while.
export async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.querySelector("#p-full > svg:not(.hits)"));
}

export const text = (page, selector) => page.locator(selector).textContent();
export const everything = (page) => page.evaluate(() => [...document.querySelectorAll(".picture > svg:not(.hits), #numbers, #verdict, #difficulty-verdict, #draws-lines")].map((e) => e.outerHTML).join());
// Waits until something else is shown than `before`; false if that takes more than ten seconds.
export async function changed(page, before) {
  for (let i = 0; i < 100 && (await everything(page)) === before; i++) await page.waitForTimeout(100);
  return (await everything(page)) !== before;
}

// Runs the checks in order, and fails if a page complained.
export async function run(checks) {
  try {
    for (const check of checks) {
      await check();
      console.log(`${check.name}: ok`);
    }
    if (complaints.length) throw new Error(complaints.join("\n"));
  } finally {
    await browser.close();
  }
}
