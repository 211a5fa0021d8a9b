// A click on a head sorts the rows of every group under it; cells without a value stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const number = (cell) => (cell.dataset.sort === undefined ? NaN : Number(cell.dataset.sort));
      const text = (cell) => cell.textContent.trim();
      const compare = (a, b) => {
        const [x, y] = [a.cells[column], b.cells[column]];
        const empty = (text(x) === "") - (text(y) === "");
        if (empty) return empty;
        const difference = number(x) - number(y);
        return sign * (Number.isNaN(difference) ? text(x).localeCompare(text(y), "en", { numeric: true }) : difference);
      };
      for (const body of table.tBodies) {
        if (!body.classList.contains("group")) body.append(...[...body.rows].sort(compare));
      }
    });
  });
}
