// ---- keeping what is shown ----
const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
const copied = loopback ? "Copy the link (for this machine only)" : "Copy the link";
$("#copy").textContent = copied;
$("#link-note").textContent = loopback
  ? "The link leads to this machine and works on it alone, while swast-analysis explore runs: give others the saved page or the command."
  : "The link works wherever this address can be reached, while swast-analysis explore runs.";
$("#copy").addEventListener("click", async () => {
  const url = new URL("?" + query(), location.href).href;
  try { await navigator.clipboard.writeText(url); $("#copy").textContent = "Copied"; } catch { prompt("The link:", url); }
  setTimeout(() => { $("#copy").textContent = copied; }, 1500);
});
function download(name, type, text) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([text], { type }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}
for (const button of all("[data-svg]")) button.addEventListener("click", () => {
  const picture = pictures[button.dataset.svg];
  if (picture) download(button.dataset.svg.replace("_", "-") + ".svg", "image/svg+xml", picture.svg);
});

// The page as it is, without what needs this program: settings in words, pictures and numbers.
$("#save").addEventListener("click", () => {
  const page = document.documentElement.cloneNode(true);
  const find = (selector) => page.querySelectorAll(selector);
  const settings = page.querySelector("#settings-shown");
  settings.hidden = false;
  for (const e of find("script, noscript, form, dialog, [hidden], .skip, .hits, .tools, .keep, .sets, #tour, #tour-start, #unknown .field, #draws-hint")) e.remove();
  for (const e of find("details")) e.open = true;
  for (const e of find("[style], .stale")) { e.removeAttribute("style"); e.classList.remove("stale"); }
  for (const e of find("[aria-live], [tabindex]")) { e.removeAttribute("aria-live"); e.removeAttribute("tabindex"); }
  const words = { full: "Polynomial fitted to all points", coreset: "Polynomial fitted to the coreset" };
  for (const [id, text] of Object.entries(words)) {
    const svg = page.querySelector(`#p-${id} > svg`);
    svg?.removeAttribute("aria-hidden");
    svg?.setAttribute("role", "img");
    svg?.setAttribute("aria-label", text);
  }
  page.querySelector(".layout").className = "saved";
  page.querySelector("body").removeAttribute("data-start");
  const state = document.createElement("p");
  state.textContent = "To go on from here, start swast-analysis explore and open this address:";
  const link = document.createElement("code");
  link.textContent = new URL("?" + query(), location.href).href;
  page.querySelector(".commands").append(state, link);
  download("laboratory.html", "text/html", "<!doctype html>\n" + page.outerHTML);
});

// On paper nothing can be unfolded.
const folded = [];
addEventListener("beforeprint", () => {
  for (const e of all("details:not([open])")) { e.open = true; folded.push(e); }
  $("#settings-shown").hidden = false;
});
addEventListener("afterprint", () => {
  for (const e of folded.splice(0)) e.open = false;
  $("#settings-shown").hidden = true;
});
