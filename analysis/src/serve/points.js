// ---- points: handles over the left plot ----
const NS = "http://www.w3.org/2000/svg";
const hits = document.createElementNS(NS, "svg");
hits.classList.add("hits", "move");
hits.setAttribute("role", "group");
hits.setAttribute("aria-label", "The points. Arrow keys move a point, Enter puts it into the coreset or takes it out, N marks it noisy, Delete removes it.");
$("#p-full").append(hits);
let dragged = null;

const clamp = (v, [low, high]) => Math.min(high, Math.max(low, v));
// A place to a ten-thousandth of a span, near enough for a hand and short in an address.
function tidy(v, span) {
  const unit = 10 ** (Math.floor(Math.log10(span)) - 4);
  return +(Math.round(v / unit) * unit).toPrecision(12);
}
// A coordinate for the ear: two digits of the hundredth of its span.
const brief = (v, span) => (span < 1e-9 ? v.toPrecision(6) : v.toFixed(clamp(2 - Math.floor(Math.log10(span / 2)), [0, 12])));
const spans = () => ({ x: shown.domain[1] - shown.domain[0], y: pictures.full.y[1] - pictures.full.y[0] });
function scale(picture) {
  const [left, right, top, bottom] = picture.frame, [x0, x1] = picture.x, [y0, y1] = picture.y;
  return {
    at: (p) => [left + (p.x - x0) / (x1 - x0) * (right - left), bottom - (p.y - y0) / (y1 - y0) * (bottom - top)],
    of: (px, py) => {
      const span = spans();
      return { x: tidy(clamp(x0 + (px - left) / (right - left) * (x1 - x0), shown.domain), span.x), y: tidy(clamp(y0 + (bottom - py) / (bottom - top) * (y1 - y0), [y0, y1]), span.y) };
    },
  };
}
function handles() {
  const picture = pictures.full, points = shown.points;
  hits.setAttribute("viewBox", `0 0 ${picture.size[0]} ${picture.size[1]}`);
  while (hits.children.length > points.length) hits.lastChild.remove();
  const { at } = scale(picture);
  const unit = picture.size[0] / (hits.clientWidth || 500);
  const span = spans();
  points.forEach((p, i) => {
    let c = hits.children[i];
    if (!c) { c = document.createElementNS(NS, "circle"); c.setAttribute("tabindex", "0"); c.setAttribute("role", "button"); hits.append(c); }
    const [x, y] = at(p);
    c.setAttribute("cx", x); c.setAttribute("cy", y); c.setAttribute("r", 13 * unit);
    c.setAttribute("aria-label", `Point ${i + 1}: x ${brief(p.x, span.x)}, y ${brief(p.y, span.y)}, ${p.noisy ? "noisy" : "clean"}, ${p.coreset ? "in" : "not in"} the coreset`);
  });
}
function write(points) {
  // The interval that is mapped to [-1, 1] stays while a point is dragged, or the fit would move for that alone.
  if (domain === null && (shown.domain[0] !== -1 || shown.domain[1] !== 1)) domain = shown.domain.join(",");
  own = points.map((p) => `${p.x},${p.y},${p.noisy ? "n" : ""}${p.coreset ? "c" : ""}`).join(";");
  shown.points = points;
  changed();
}

// ---- undo and redo ----
const past = [], future = [];
let stroke = null; // the point that the arrow keys move, and when: presses in a row are one step
const snapshot = () => ({ own, domain });
function record() {
  past.push(snapshot());
  future.length = 0;
  stroke = null;
  buttons();
}
function buttons() { $("#undo").disabled = past.length === 0; $("#redo").disabled = future.length === 0; }
function stepThrough(from, to) {
  let next = from.pop();
  // Back, Forward or Reset may have come to the state that is next already.
  while (next && next.own === own) next = from.pop();
  if (next) {
    to.push(snapshot());
    ({ own, domain } = next);
    changed();
    landmark();
  }
  buttons();
}
$("#undo").addEventListener("click", () => stepThrough(past, future));
$("#redo").addEventListener("click", () => stepThrough(future, past));
addEventListener("keydown", (event) => {
  // A field of text has an undo of its own.
  if (!(event.ctrlKey || event.metaKey) || event.altKey || ["number", "text"].includes(event.target.type) || $("#ask").open) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) stepThrough(past, future);
  else if (key === "y" || key === "z") stepThrough(future, past);
  else return;
  event.preventDefault();
});

// ---- editing ----
function act(i, name) {
  if (!shown) return;
  const points = shown.points.map((p) => ({ ...p }));
  const left = points.filter((p, j) => p.coreset && j !== i).length;
  if (name === "remove" && (points.length === 1 || left === 0) || name === "coreset" && points[i].coreset && left === 0)
    return complain("The coreset needs at least one point.");
  record();
  if (name === "remove") points.splice(i, 1);
  else points[i][name] = 1 - points[i][name];
  write(points);
}
function pixel(event) {
  const box = hits.getBoundingClientRect(), [w, h] = pictures.full.size;
  return [(event.clientX - box.left) / box.width * w, (event.clientY - box.top) / box.height * h];
}
const place = (event) => scale(pictures.full).of(...pixel(event));
// The point that is meant: handles of near points overlap, and the nearest one counts, not the uppermost.
function meant(event) {
  if (event.target === hits) return -1;
  const [x, y] = pixel(event);
  const far = [...hits.children].map((c) => Math.hypot(c.getAttribute("cx") - x, c.getAttribute("cy") - y));
  return far.indexOf(Math.min(...far));
}
hits.addEventListener("pointerdown", (event) => {
  if (!shown || event.button) return;
  const i = meant(event);
  if (i >= 0 && tool === "move") {
    dragged = { i, from: [event.clientX, event.clientY], moved: false };
    hits.setPointerCapture(event.pointerId);
  } else if (i >= 0 && tool !== "add") act(i, tool);
  else if (i < 0 && tool === "add") {
    if (shown.points.length >= 200) return complain("The laboratory takes at most 200 points; remove one first.");
    record();
    write([...shown.points, { ...place(event), noisy: 0, coreset: 1 }]);
  }
});
hits.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const far = Math.hypot(event.clientX - dragged.from[0], event.clientY - dragged.from[1]);
  if (!dragged.moved && far < 4) return;
  if (!dragged.moved) record();
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
    const span = spans(), now = Date.now();
    if (stroke?.i !== i || now - stroke.at > 1000) record();
    stroke = { i, at: now };
    const x = (p) => tidy(clamp(p.x + by[0] * size * span.x / 2, shown.domain), span.x);
    const y = (p) => tidy(p.y + by[1] * size * span.y / 2, span.y);
    write(shown.points.map((p, j) => (j === i ? { ...p, ...(by[0] ? { x: x(p) } : { y: y(p) }) } : p)));
  } else if (event.key === "Enter" || event.key === " ") act(i, "coreset");
  else if (event.key === "n" || event.key === "N") act(i, "noisy");
  else if (event.key === "Delete" || event.key === "Backspace") act(i, "remove");
  else return;
  event.preventDefault();
});
$("#add-one").addEventListener("click", () => {
  if (!shown || shown.points.length >= 200) return;
  const sorted = [...shown.points].sort((a, b) => a.x - b.x);
  let best = { gap: 0 };
  for (let i = 0; i + 1 < sorted.length; i++) {
    const gap = sorted[i + 1].x - sorted[i].x;
    if (gap > best.gap * (1 + 1e-9)) best = { gap, x: (sorted[i].x + sorted[i + 1].x) / 2, y: (sorted[i].y + sorted[i + 1].y) / 2 };
  }
  const { x, y } = best.gap > 0 ? best : { x: (shown.domain[0] + shown.domain[1]) / 2, y: sorted[0].y };
  record();
  write([...shown.points, { x, y, noisy: 0, coreset: 1 }]);
  handles();
  hits.lastChild.focus();
});
for (const button of all("[data-tool]")) button.addEventListener("click", () => {
  tool = button.dataset.tool;
  for (const b of all("[data-tool]")) b.setAttribute("aria-pressed", b === button);
  hits.setAttribute("class", "hits " + tool);
});

