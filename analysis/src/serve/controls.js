// ---- controls ----
// On a narrow screen the settings are folded away, so that the pictures are in sight.
const narrow = matchMedia("(max-width: 62rem)");
function fold() { $("#fold").open = !narrow.matches; }
narrow.addEventListener("change", fold);
fold();
$("#controls").addEventListener("submit", (event) => event.preventDefault());
const seed = field("seed");
// Asks before one's own points go, and then does `what`; asks nothing where there are none.
let asked = null;
function replacing(what) {
  if (own === null) return what();
  asked = what;
  const mine = own.split(";").length;
  $("#ask-text").textContent = `This draws new points in place of your ${mine === 1 ? "point" : mine + " points"}. Undo brings them back.`;
  if (!$("#ask").open) $("#ask").showModal();
}
$("#ask-no").addEventListener("click", () => $("#ask").close());
$("#ask-yes").addEventListener("click", () => {
  const what = asked;
  $("#ask").close();
  record();
  own = domain = null;
  what();
});
$("#ask").addEventListener("close", () => { asked = null; paint(); });
// A formula is asked about when it is written, not in the middle.
for (const f of fields) f.addEventListener(f.type === "text" ? "change" : "input", () => {
  unknown.delete(f.name);
  if (f.type === "number" && !/^\d{1,16}$/.test(f.value)) return complain("The seed is a whole number from 0 on.");
  if (own === null || !redrawing.includes(f.name)) return changed();
  const wanted = f.value;
  f.value = settled.get(f.name);
  replacing(() => { count(); f.value = wanted; changed(); });
});
$("#again").addEventListener("click", () => replacing(() => { seed.value = (+seed.value || 0) + 1; changed(); landmark(); }));
$("#many").addEventListener("click", () => { draws = draws > 1 ? 1 : 1000; changed(); landmark(); });
$("#reset").addEventListener("click", () => { if (own !== null) record(); restore(START); changed(); landmark(); });

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
    b.addEventListener("click", () => { go(query); landmark(); });
    return b;
  }));
  // The tour goes before what it speaks of.
  $("#" + at.show).closest("section").before(box);
}
function travel(to) {
  if (own !== null && TOUR[to]) record();
  step = to;
  guide();
  if (TOUR[step]) { go(TOUR[step].query); $("#tour").scrollIntoView({ block: "start" }); } else changed();
  landmark();
}
// The box has moved and its button may be spent: the focus goes where the next press is likely.
function walk(to, button) {
  travel(to);
  const next = button.disabled ? $("#tour-end") : button;
  next.focus({ preventScroll: Boolean(TOUR[step]) });
}
$("#tour-start").addEventListener("click", () => replacing(() => walk(0, $("#tour-next"))));
$("#tour-back").addEventListener("click", () => walk(step - 1, step === 1 ? $("#tour-next") : $("#tour-back")));
$("#tour-next").addEventListener("click", () => walk(step + 1, $("#tour-next")));
$("#tour-end").addEventListener("click", () => walk(-1, $("#tour-start")));
addEventListener("keydown", (event) => { if (event.key === "Escape" && step >= 0 && !$("#ask").open) walk(-1, $("#tour-start")); });

// Without a query the address is that of the state the laboratory was started with.
const arrive = () => { clearTimeout(due); restore(location.search || START); guide(); changed(); };
addEventListener("popstate", () => { arrive(); clearTimeout(due); });
let resizing = 0;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => { askFit(); askDraws(); askDifficulty(); }, 200); });
restore(START);
start = START && query();
arrive();
clearTimeout(due);
if (unknown.size === 0) history.replaceState(null, "", address());
