const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const fields = all("[name]").filter((e) => e.closest("#controls, #sets"));
const defaults = new Map(fields.map((f) => [f.name, f.type === "checkbox" ? "0" : f.value]));
const value = (f) => (f.type === "checkbox" ? (f.checked ? "1" : "0") : f.value);
const redrawing = ["points", "noise", "noisy-fraction", "design", "seed"];
const about = ["function", "noise", "seed", "sets", "noisy", "clean", "placement", "degrees"];

let own = null; // points of one's own as the address writes them, or null
let draws = 1;
let shown = null; // the last answer of /fit
let tool = "move";
let step = -1;

// ---- the state and its address ----
function params() {
  const p = new URLSearchParams();
  for (const f of fields) if (value(f) !== defaults.get(f.name)) p.set(f.name, value(f));
  if (own !== null) p.set("own", own);
  return p;
}
function address() {
  const p = params();
  if (draws > 1) p.set("draws", draws);
  if (step >= 0) p.set("tour", step + 1);
  const text = p.toString();
  return text ? "?" + text : location.pathname;
}
let due = 0;
function remember() {
  // Browsers allow few changes of the address a second.
  clearTimeout(due);
  due = setTimeout(() => history.replaceState(null, "", address()), 150);
}
function landmark() { clearTimeout(due); history.pushState(null, "", address()); }
const unknown = new Map(); // what the address has and the page does not: the server says what is wrong
function restore(query) {
  const p = new URLSearchParams(query);
  unknown.clear();
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
  draws = p.get("draws") === "1000" ? 1000 : 1;
  step = Math.min(TOUR.length, Math.max(0, +p.get("tour") || 0)) - 1;
  for (const [k, v] of p) if (!defaults.has(k) && !["own", "draws", "tour"].includes(k)) unknown.set(k, v);
  paint();
}
function paint() {
  const prune = fields.find((f) => f.name === "prune");
  prune.max = +fields.find((f) => f.name === "degree").value + 1;
  for (const f of fields) { const o = f.closest("label").querySelector("output"); if (o) o.value = f.value; }
  $("#many").setAttribute("aria-pressed", draws > 1);
  $("#draws-hint").hidden = draws > 1;
  $("#draws-body").hidden = draws === 1;
}

// ---- asking: one question of a kind at a time, and the latest one last ----
function asker(path, query, answer) {
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
      complain(error instanceof TypeError ? "The laboratory does not answer; is swast-analysis explore still running?" : error.message, path);
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
  const told = [...new Set(wrongs.values())].filter(Boolean).join(" ");
  $("#status").textContent = told;
  $("#status").className = told ? "bad" : "";
}
function request(extra) {
  const p = params();
  for (const [k, v] of unknown) p.set(k, v);
  for (const [k, v] of Object.entries(extra)) p.set(k, v);
  return p;
}
const width = (id) => Math.max(240, Math.min(1000, Math.round($(id).clientWidth / 20) * 20 || 500));
const askFit = asker("/fit", () => request({ width: width("#p-full") }).toString(), showFit);
const askDraws = asker("/draws", () => {
  if (draws === 1) return null;
  const p = request({ draws, width: width("#p-losses") });
  p.delete("own");
  return p.toString();
}, showDraws);
const askDifficulty = asker("/difficulty", () => {
  const p = request({ draws, width: width("#p-difficulty") });
  if (p.get("sets") !== "points") for (const k of [...p.keys()]) if (defaults.has(k) && !about.includes(k) || k === "own") p.delete(k);
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
  $("#verdict").textContent = answer.verdict;
  $("#epsilon").textContent = answer.epsilon;
  const words = { full: "Polynomial fitted to all points", coreset: "Polynomial fitted to the coreset", full_coefficients: "Coefficients of the fit to all points", coreset_coefficients: "Coefficients of the fit to the coreset" };
  for (const [id, picture] of Object.entries(answer.pictures)) show(id, picture, words[id] + ". " + answer.verdict);
  rows($("#numbers"), answer.numbers.map((n) => [n.training_set === "full" ? "all points" : "the coreset", n.points, n.loss_before, n.loss_after, n.rise, n.train_loss_before, n.train_loss_after, n.rank]));
  $("#c-fit").textContent = answer.command;
  handles();
}
function showDraws(answer) {
  $("#draws-body").classList.remove("stale");
  show("losses", answer.picture, answer.lines.join(". "));
  $("#draws-lines").replaceChildren(...answer.lines.map((line) => { const p = document.createElement("p"); p.textContent = line + "."; return p; }));
  if (answer.draws < draws) complain(`Only ${answer.draws} draws: at this degree and number of points more would take too long.`);
}
function showDifficulty(answer) {
  show("difficulty", answer.picture, "Difficulty against degree. " + answer.verdict);
  $("#difficulty-verdict").textContent = answer.verdict;
  rows($("#difficulty-table"), answer.table);
  $("#c-difficulty").textContent = answer.command;
}
function links() {
  for (const a of all("[data-csv]")) {
    const p = request(["prune_study.csv", "epsilon.csv"].includes(a.dataset.csv) ? { draws } : {});
    a.href = "/" + a.dataset.csv + "?" + p;
  }
}

// ---- points: handles over the left plot ----
const NS = "http://www.w3.org/2000/svg";
const hits = document.createElementNS(NS, "svg");
hits.classList.add("hits", "move");
hits.setAttribute("role", "group");
hits.setAttribute("aria-label", "The points. Arrow keys move a point, Enter puts it into the coreset or takes it out, N marks it noisy, Delete removes it.");
$("#p-full").append(hits);
let dragged = null;

const clamp = (v, [low, high]) => Math.min(high, Math.max(low, v));
const tidy = (v) => +v.toFixed(4);
function scale(picture) {
  const [left, right, top, bottom] = picture.frame, [x0, x1] = picture.x, [y0, y1] = picture.y;
  return {
    at: (p) => [left + (p.x - x0) / (x1 - x0) * (right - left), bottom - (p.y - y0) / (y1 - y0) * (bottom - top)],
    of: (px, py) => ({ x: tidy(clamp(x0 + (px - left) / (right - left) * (x1 - x0), [-1, 1])), y: tidy(clamp(y0 + (bottom - py) / (bottom - top) * (y1 - y0), [y0, y1])) }),
  };
}
function handles() {
  const picture = pictures.full, points = shown.points;
  hits.setAttribute("viewBox", `0 0 ${picture.size[0]} ${picture.size[1]}`);
  while (hits.children.length > points.length) hits.lastChild.remove();
  const { at } = scale(picture);
  const unit = picture.size[0] / (hits.clientWidth || 500);
  points.forEach((p, i) => {
    let c = hits.children[i];
    if (!c) { c = document.createElementNS(NS, "circle"); c.setAttribute("tabindex", "0"); c.setAttribute("role", "button"); hits.append(c); }
    const [x, y] = at(p);
    c.setAttribute("cx", x); c.setAttribute("cy", y); c.setAttribute("r", 13 * unit);
    c.setAttribute("aria-label", `Point ${i + 1}: x ${p.x.toFixed(2)}, y ${p.y.toFixed(2)}, ${p.noisy ? "noisy" : "clean"}, ${p.coreset ? "in" : "not in"} the coreset`);
  });
}
function write(points) {
  own = points.map((p) => `${tidy(p.x)},${tidy(p.y)},${p.noisy ? "n" : ""}${p.coreset ? "c" : ""}`).join(";");
  shown.points = points;
  changed();
}
function act(i, name) {
  if (!shown) return;
  const points = shown.points.map((p) => ({ ...p }));
  const left = points.filter((p, j) => p.coreset && j !== i).length;
  if (name === "remove" && (points.length === 1 || left === 0) || name === "coreset" && points[i].coreset && left === 0)
    return complain("The coreset needs at least one point.");
  if (name === "remove") points.splice(i, 1);
  else points[i][name] = 1 - points[i][name];
  write(points);
}
function place(event) {
  const box = hits.getBoundingClientRect(), [w, h] = pictures.full.size;
  return scale(pictures.full).of((event.clientX - box.left) / box.width * w, (event.clientY - box.top) / box.height * h);
}
hits.addEventListener("pointerdown", (event) => {
  if (!shown || event.button) return;
  const i = [...hits.children].indexOf(event.target);
  if (i >= 0 && tool === "move") {
    dragged = { i, from: [event.clientX, event.clientY], moved: false };
    hits.setPointerCapture(event.pointerId);
  } else if (i >= 0 && tool !== "add") act(i, tool);
  else if (i < 0 && tool === "add") {
    if (shown.points.length >= 200) return complain("200 points are the most.");
    write([...shown.points, { ...place(event), noisy: 0, coreset: 1 }]);
  }
});
hits.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const far = Math.hypot(event.clientX - dragged.from[0], event.clientY - dragged.from[1]);
  if (!dragged.moved && far < 4) return;
  dragged.moved = true;
  const points = shown.points.map((p, j) => (j === dragged.i ? { ...p, ...place(event) } : p));
  write(points);
  handles();
});
function drop() { if (dragged && !dragged.moved) act(dragged.i, "coreset"); dragged = null; }
hits.addEventListener("pointerup", drop);
hits.addEventListener("pointercancel", () => { dragged = null; });
hits.addEventListener("keydown", (event) => {
  const i = [...hits.children].indexOf(event.target);
  if (i < 0 || !shown || event.ctrlKey || event.metaKey || event.altKey) return;
  const size = event.shiftKey ? 0.1 : 0.02;
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (by) {
    const points = shown.points.map((p, j) => (j === i ? { ...p, x: clamp(p.x + by[0] * size, [-1, 1]), y: clamp(p.y + by[1] * size, [-1000, 1000]) } : p));
    write(points);
  } else if (event.key === "Enter" || event.key === " ") act(i, "coreset");
  else if (event.key === "n" || event.key === "N") act(i, "noisy");
  else if (event.key === "Delete" || event.key === "Backspace") act(i, "remove");
  else return;
  event.preventDefault();
});
$("#add-one").addEventListener("click", () => {
  if (!shown || shown.points.length >= 200) return;
  const sorted = [...shown.points].sort((a, b) => a.x - b.x);
  let best = { gap: -1 };
  for (let i = 0; i + 1 < sorted.length; i++) {
    const gap = sorted[i + 1].x - sorted[i].x;
    if (gap > best.gap + 1e-9) best = { gap, x: (sorted[i].x + sorted[i + 1].x) / 2, y: (sorted[i].y + sorted[i + 1].y) / 2 };
  }
  const { x, y } = best.gap > 0 ? best : { x: 0, y: sorted[0].y };
  write([...shown.points, { x, y, noisy: 0, coreset: 1 }]);
  handles();
  hits.lastChild.focus();
});
for (const button of all("[data-tool]")) button.addEventListener("click", () => {
  tool = button.dataset.tool;
  for (const b of all("[data-tool]")) b.setAttribute("aria-pressed", b === button);
  hits.setAttribute("class", "hits " + tool);
});

// ---- controls ----
$("#controls").addEventListener("submit", (event) => event.preventDefault());
for (const f of fields) f.addEventListener("input", () => {
  unknown.delete(f.name);
  if (f.type === "number" && !/^\d{1,16}$/.test(f.value)) return complain("The seed is a whole number from 0 on.");
  if (own !== null && redrawing.includes(f.name)) { landmark(); own = null; }
  changed();
});
const seed = fields.find((f) => f.name === "seed");
$("#again").addEventListener("click", () => { landmark(); own = null; seed.value = (+seed.value || 0) + 1; changed(); });
$("#many").addEventListener("click", () => { draws = draws > 1 ? 1 : 1000; changed(); });
$("#reset").addEventListener("click", () => { landmark(); restore(""); changed(); });
$("#copy").addEventListener("click", async () => {
  const url = new URL(address(), location.href).href;
  try { await navigator.clipboard.writeText(url); $("#copy").textContent = "Copied"; } catch { prompt("The address:", url); }
  setTimeout(() => { $("#copy").textContent = "Copy the address"; }, 1500);
});
for (const button of all("[data-svg]")) button.addEventListener("click", () => {
  const picture = pictures[button.dataset.svg];
  if (!picture) return;
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([picture.svg], { type: "image/svg+xml" }));
  a.download = button.dataset.svg.replace("_", "-") + ".svg";
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
});

// ---- the tour ----
function go(query) {
  const keep = step;
  restore(query);
  step = keep;
  changed();
}
function guide() {
  const box = $("#tour"), at = TOUR[step];
  box.hidden = !at;
  if (!at) return;
  box.querySelector(".count").textContent = `Step ${step + 1} of ${TOUR.length}`;
  box.querySelector("h2").textContent = at.title;
  box.querySelector(".text").textContent = at.text;
  $("#tour-back").disabled = step === 0;
  $("#tour-next").disabled = step === TOUR.length - 1;
  box.querySelector(".tries").replaceChildren(...(at.tries ?? []).map(([name, query]) => {
    const b = document.createElement("button");
    b.type = "button"; b.textContent = "Try: " + name;
    b.addEventListener("click", () => go(query));
    return b;
  }));
  // The tour stands before what it speaks of.
  $("#" + at.show).closest("section").before(box);
}
function travel(to) {
  landmark();
  step = to;
  guide();
  if (TOUR[step]) { go(TOUR[step].query); $("#tour").scrollIntoView({ block: "start" }); } else changed();
}
// The box has moved and its button may be spent: the focus goes where the next press is likely.
function walk(to, button) {
  travel(to);
  const next = button.disabled ? $("#tour-end") : button;
  next.focus({ preventScroll: Boolean(TOUR[step]) });
}
$("#tour-start").addEventListener("click", () => walk(0, $("#tour-next")));
$("#tour-back").addEventListener("click", () => walk(step - 1, step === 1 ? $("#tour-next") : $("#tour-back")));
$("#tour-next").addEventListener("click", () => walk(step + 1, $("#tour-next")));
$("#tour-end").addEventListener("click", () => walk(-1, $("#tour-start")));
addEventListener("keydown", (event) => { if (event.key === "Escape" && step >= 0) walk(-1, $("#tour-start")); });

addEventListener("popstate", () => { restore(location.search); guide(); changed(); });
let resizing = 0;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => { askFit(); askDraws(); askDifficulty(); }, 200); });
restore(location.search);
guide();
changed();
