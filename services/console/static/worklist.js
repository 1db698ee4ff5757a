// How many rows are marked, and what a bulk action would take: the marked ones, else all in the filter.

const marked = document.querySelector("[data-marked]");
const scope = document.querySelector("[data-scope]");
const boxes = [...document.querySelectorAll("input[name=ref]")];

function say() {
  const count = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr").classList.toggle("chosen", box.checked);
  if (!marked) return;
  marked.hidden = count === 0;
  marked.textContent = count === 1 ? "1 marked" : `${count} marked`;
  scope.hidden = count > 0;
}
for (const box of boxes) box.addEventListener("change", say);
say();

// A press anywhere on a row opens it, except on what has a purpose of its own; a double press of text selects it.
for (const row of document.querySelectorAll("[data-row]")) {
  row.addEventListener("click", (event) => {
    if (event.target.closest("a, input, button, label") || getSelection()?.toString()) return;
    row.querySelector("a[data-open]")?.click();
  });
}

// Back from a claim, the list stands where it was: the row that was opened has the focus.
const opened = "reclaim-opened";
for (const link of document.querySelectorAll("a[data-open]")) {
  link.addEventListener("click", () => sessionStorage.setItem(opened, link.pathname));
}
const last = sessionStorage.getItem(opened);
const row = [...document.querySelectorAll("a[data-open]")].find((link) => link.pathname === last)?.closest("[data-row]");
if (row) {
  row.classList.add("here");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
