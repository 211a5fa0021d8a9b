const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const fields = all("[name]").filter((e) => e.closest("#controls, #unknown, #sets"));
const field = (name) => fields.find((f) => f.name === name);
const defaults = new Map(fields.map((f) => [f.name, f.type === "checkbox" ? "0" : f.value]));
const redrawing = ["points", "noise", "noisy-fraction", "design", "seed"];
const about = ["function", "noise", "seed", "sets", "noisy", "clean", "placement", "degrees"];
const others = ["own", "domain", "draws", "tour"]; // what an address may have beside the fields

let own = null; // points of one's own as the address writes them, or null
let domain = null; // the interval of x that is mapped to [-1, 1] for them, or null for the server's choice
let draws = 1;
let shown = null; // the last answer of /fit
let tool = "move";
let step = -1;
// What these sliders say of generated points, while they show what one's own points have.
const kept = new Map();
const settled = new Map(); // what the fields that draw new points showed last
const value = (f) => kept.get(f.name) ?? (f.type === "checkbox" ? (f.checked ? "1" : "0") : f.value);

// ---- the state and its address ----
const START = document.body.dataset.start; // the state of an address without a query
let start = ""; // the same as params() writes it
function params() {
  const p = new URLSearchParams();
  for (const f of fields) if (value(f) !== defaults.get(f.name)) p.set(f.name, value(f));
  if (own !== null) {
    p.set("own", own);
    if (domain !== null) p.set("domain", domain);
  } else { p.delete("against"); p.delete("formula"); }
  // Without a word the address would be that of the points the laboratory was started with.
  if (START && p.size === 0) p.set("points", value(field("points")));
  return p;
}
function query() {
  const p = params();
  if (draws > 1) p.set("draws", draws);
  if (step >= 0) p.set("tour", step + 1);
  return p.toString();
}
function address() {
  const text = query();
  return text === start ? location.pathname : "?" + text;
}
let due = 0, held = false;
for (const [name, on] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) addEventListener(name, () => { held = on; }, true);
// Back and Forward walk through the states in which something came to rest: no slider, point or key is on the way.
function remember() {
  clearTimeout(due);
  due = setTimeout(() => (held ? remember() : landmark()), 150);
}
function landmark() {
  clearTimeout(due);
  const to = address();
  if (to !== (location.search || location.pathname)) history.pushState(null, "", to);
}
const unknown = new Map(); // what the address has and the page does not: the server says what is wrong
function restore(text) {
  const p = new URLSearchParams(text);
  unknown.clear();
  kept.clear();
  for (const f of fields) {
    const v = p.get(f.name) ?? defaults.get(f.name);
    if (f.type === "checkbox") { f.checked = v === "1"; continue; }
    if (f.type === "range" && v !== "" && Number.isFinite(+v)) {
      if (+v > +f.max && +v <= 200) f.max = v; // an address may go further than the slider
      f.value = v;
      if (+f.value !== +v) { f.step = "any"; f.value = v; }
      if (+f.value !== +v) unknown.set(f.name, v);
    } else { f.value = v; if (f.value !== v) unknown.set(f.name, v); }
  }
  own = p.get("own");
  domain = own === null ? null : p.get("domain");
  draws = p.get("draws") === "1000" ? 1000 : 1;
  step = Math.min(TOUR.length, Math.max(0, +p.get("tour") || 0)) - 1;
  for (const [k, v] of p) if (!defaults.has(k) && !others.includes(k)) unknown.set(k, v);
  paint();
}
// The sliders of N and r show what one's own points have, and go back to what they said before.
function count() {
  const marks = own === null ? null : own.split(";").map((point) => point.split(",")[2] ?? "");
  for (const [f, have] of [
    [field("points"), marks?.length],
    [field("noisy-fraction"), marks && marks.filter((m) => m.includes("n")).length / marks.length],
  ]) {
    const output = f.closest("label").querySelector("output");
    if (marks === null) {
      if (kept.has(f.name)) output.value = f.value = kept.get(f.name);
      kept.delete(f.name);
      f.removeAttribute("aria-valuetext");
      continue;
    }
    if (!kept.has(f.name)) kept.set(f.name, f.value);
    f.value = have;
    output.value = +have.toFixed(2);
    // There may be more points than the slider goes.
    f.setAttribute("aria-valuetext", output.value);
  }
  return marks?.length;
}
function paint() {
  const prune = field("prune");
  prune.max = +field("degree").value + 1;
  for (const f of fields) { const o = f.closest("label").querySelector("output"); if (o) o.value = f.value; }
  const mine = count();
  const against = field("against").value;
  $("#unknown").hidden = own === null;
  $("#own-note").hidden = own === null;
  $("#formula").hidden = against !== "formula";
  if (own !== null) {
    field("noise").closest("label").querySelector("output").value = "unknown";
    $("#own-note").textContent = `${mine} ${mine === 1 ? "point" : "points"} of your own. The settings of this group, but for the function, draw new points in their place, after asking.`;
  }
  $("#l-function").textContent = own === null ? "True function" : against === "function" ? "Function to compare with" : "Function of the sets below";
  $("#reference").textContent = own === null ? "the true function" : { function: "the function you compare with", line: "the broken line through the clean points", formula: "your formula", none: "a reference, where there is one" }[against];
  $("#many").setAttribute("aria-pressed", draws > 1);
  $("#settings-shown").textContent = words();
  refused();
  for (const name of redrawing) settled.set(name, field(name).value);
}
// Why there is but one draw, where that is so.
function refused() {
  const why = own === null ? null : shown?.one_draw_because;
  $("#many").disabled = Boolean(why) && draws === 1;
  $("#draws-hint").textContent = why ? `These points are one draw: ${why}.` : "Press “1000 draws” to repeat the draw with other noise and other noisy points, and to see how often the claim holds.";
  $("#draws-hint").hidden = draws > 1 && !why;
  $("#draws-body").hidden = draws === 1 || Boolean(why);
  return Boolean(why);
}
// The settings as a reader would write them down.
function words() {
  const said = (f) => (f.type === "checkbox" ? (f.checked ? "yes" : "no") : f.tagName === "SELECT" ? f.selectedOptions[0]?.text : f.closest("label").querySelector("output")?.value ?? f.value);
  const name = (f) => (f.type === "checkbox" ? f.closest("label").textContent : $("#" + f.getAttribute("aria-labelledby")).textContent).trim();
  const left = own === null ? ["against", "formula"] : ["noise", "design", field("against").value === "formula" ? "" : "formula"];
  return fields.filter((f) => !left.includes(f.name)).map((f) => `${name(f)}: ${said(f)}`).join("; ") + ".";
}

// ---- asking: one question of a kind at a time, and the latest one last ----
function asker(path, query, answer, refusal = (words) => complain(words, path)) {
  let busy = false, dirty = false, last = null;
  async function ask() {
    if (busy) { dirty = true; return; }
    const text = query();
    if (text === null || text === last) return;
    busy = true;
    try {
      const response = await fetch(path + "?" + text);
      const body = await response.json();
      if (!response.ok) throw new Error(body.error);
      last = text;
      complain("", path);
      answer(body);
    } catch (error) {
      last = null;
      if (error instanceof TypeError) complain("The laboratory does not answer; is swast-analysis explore still running?", path);
      else refusal(error.message);
    } finally {
      busy = false;
      if (dirty) { dirty = false; ask(); }
    }
  }
  return ask;
}
// What is wrong, by what it is wrong with; one's next move settles what one did oneself.
const wrongs = new Map();
function complain(text, about = "reader") {
  wrongs.set(about, text);
  const said = [...new Set(wrongs.values())].filter(Boolean).join(" ");
  $("#status").textContent = said;
  $("#status").className = said ? "bad" : "";
}
function request(extra) {
  const p = params();
  for (const [k, v] of unknown) p.set(k, v);
  for (const [k, v] of Object.entries(extra)) p.set(k, v);
  return p;
}
const width = (id) => Math.max(240, Math.min(1000, Math.round($(id).clientWidth / 20) * 20 || 500));
const askFit = asker("/fit", () => request({ width: width("#p-full") }).toString(), showFit);
// One's own points may be but one draw: /fit says why, and its words are shown in place of an error.
const askDraws = asker("/draws", () => {
  if (draws === 1 || refused()) return null;
  return request({ draws, width: width("#p-losses") }).toString();
}, showDraws, (words) => { if (own === null || !refused()) complain(words, "/draws"); });
const askDifficulty = asker("/difficulty", () => {
  const p = request({ draws, width: width("#p-difficulty") });
  if (p.get("sets") !== "points") for (const k of [...p.keys()]) if (defaults.has(k) && !about.includes(k) || ["own", "domain"].includes(k)) p.delete(k);
  return p.toString();
}, showDifficulty);
let later = 0;
function changed() {
  complain("");
  paint();
  askFit();
  askDifficulty();
  // A thousand draws wait until the slider rests for a moment.
  clearTimeout(later);
  if (draws > 1) { $("#draws-body").classList.add("stale"); later = setTimeout(askDraws, 120); }
  remember();
  links();
}

// ---- showing ----
const pictures = {};
function show(id, picture, label) {
  pictures[id] = picture;
  const box = $("#p-" + id);
  const hits = box.querySelector(".hits");
  box.querySelector("svg:not(.hits)")?.remove();
  box.insertAdjacentHTML("afterbegin", picture.svg);
  const svg = box.querySelector("svg:not(.hits)");
  // The size comes from the page; the drawing keeps its proportions.
  svg.setAttribute("viewBox", `0 0 ${picture.size[0]} ${picture.size[1]}`);
  svg.removeAttribute("width"); svg.removeAttribute("height");
  if (hits) svg.setAttribute("aria-hidden", "true");
  else { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", label); }
}
function cell(row, text, head) { const c = document.createElement(head ? "th" : "td"); c.textContent = text; if (head) c.scope = "row"; row.append(c); }
function rows(body, lines) {
  body.replaceChildren(...lines.map((line) => { const r = document.createElement("tr"); line.forEach((t, i) => cell(r, t, i === 0)); return r; }));
}
function showFit(answer) {
  shown = answer;
  const one = refused();
  if (!one && draws > 1) askDraws();
  $("#c-draws").hidden = own === null || one || draws === 1;
  $("#unknown-truth").textContent = answer.unknown_truth ?? "";
  $("#verdict").textContent = answer.verdict;
  $("#epsilon").textContent = answer.epsilon;
  const words = { full: "Polynomial fitted to all points", coreset: "Polynomial fitted to the coreset", full_coefficients: "Coefficients of the fit to all points", coreset_coefficients: "Coefficients of the fit to the coreset" };
  for (const [id, picture] of Object.entries(answer.pictures)) show(id, picture, words[id] + ". " + answer.verdict);
  rows($("#points-table"), answer.points.map((p, i) => [i + 1, p.x, p.y, p.noisy ? "yes" : "no", p.coreset ? "yes" : "no"]));
  rows($("#numbers"), answer.numbers.map((n) => [n.training_set === "full" ? "all points" : "the coreset", n.points, n.loss_before, n.loss_after, n.rise, n.train_loss_before, n.train_loss_after, n.rank]));
  $("#c-fit").textContent = answer.command;
  handles();
}
function showDraws(answer) {
  $("#draws-body").classList.remove("stale");
  show("losses", answer.picture, answer.lines.join(". "));
  $("#draws-lines").replaceChildren(...answer.lines.map((line) => { const p = document.createElement("p"); p.textContent = line + "."; return p; }));
  $("#c-draws").textContent = answer.command;
  $("#c-draws").hidden = own === null;
  if (answer.draws < draws) complain(`Only ${answer.draws} draws: at this degree and number of points more would take too long.`);
}
function showDifficulty(answer) {
  show("difficulty", answer.picture, "Difficulty against degree. " + answer.verdict);
  $("#difficulty-verdict").textContent = answer.verdict;
  rows($("#difficulty-table"), answer.table);
  $("#c-difficulty").textContent = answer.command;
}
function links() {
  const of = (file, many) => "/" + file + "?" + request(many ? { draws } : {});
  for (const a of all("[data-csv]")) a.href = of(a.dataset.csv, ["prune_study.csv", "epsilon.csv"].includes(a.dataset.csv));
  for (const a of all("[data-png]")) a.href = of(a.dataset.png + ".png", ["losses", "difficulty"].includes(a.dataset.png));
}
