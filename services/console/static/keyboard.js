// Single-key shortcuts. A page declares them: `data-key="a"` on a link, button, summary or field.
// Rows: `[data-rows]` holds `[data-row]` elements with tabindex="-1"; J and K move between them, Enter opens the
// row's `a[data-open]`, X marks its checkbox, and the keys of `data-row-keys` ("arheqo") open it at that action.

const SWITCH = "reclaim-single-keys";
const TEXT = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";

const on = () => localStorage.getItem(SWITCH) !== "off";
const typing = (target) => target instanceof Element && target.matches(TEXT);
const shown = (element) => element.getClientRects().length > 0;

function act(element) {
  if (element.matches(TEXT)) {
    element.focus();
    element.select?.();
    return;
  }
  if (element.matches("summary")) {
    open(element.parentElement);
    return;
  }
  element.click();
}

// Opens an action's panel and puts the focus on its first field.
export function open(details) {
  details.open = true;
  const first = details.querySelector("input:checked, :is(.body, .filter-row) :is(input:not([type=hidden]), select, textarea, button)");
  (first ?? details.querySelector("summary")).focus();
  details.scrollIntoView({ block: "nearest" });
}

function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")].filter(shown);
}

function here(all) {
  const focused = document.activeElement?.closest?.("[data-row]");
  return focused ? all.indexOf(focused) : all.findIndex((row) => row.classList.contains("here"));
}

function move(step) {
  const all = rows();
  if (all.length === 0) return false;
  const at = here(all);
  const row = all[Math.min(Math.max(at + step, 0), all.length - 1)] ?? all[0];
  for (const other of all) other.classList.toggle("here", other === row);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

function onRow(key) {
  const all = rows();
  const row = all[here(all)];
  if (!row) return false;
  const link = row.querySelector("a[data-open]");
  if (key === "x") {
    row.querySelector("input[type=checkbox]")?.click();
    return true;
  }
  const keys = row.closest("[data-rows]").dataset.rowKeys ?? "";
  if (link && (key === "enter" || keys.includes(key))) {
    location.href = key === "enter" ? link.href : `${link.href}#${key}`;
    return true;
  }
  return false;
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const dialog = document.querySelector("dialog[open]");
  if (key === "escape" && !dialog) {
    escape(event);
    return;
  }
  if (typing(event.target) || dialog || !on()) return;
  if (key === "enter") {
    if (event.target.matches?.("[data-row]") && onRow("enter")) event.preventDefault();
    return;
  }
  if (key.length !== 1) return;
  const declared = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (element) => shown(element) || element.closest("details:not([open])"),
  );
  if (!declared && (key === "j" || key === "k") && move(key === "j" ? 1 : -1)) event.preventDefault();
  else if (declared) {
    event.preventDefault();
    act(declared);
  } else if (onRow(key)) event.preventDefault();
}

// Out of a text box, back to what it belongs to; then the panel closes.
function escape(event) {
  const details = event.target.closest?.("details[open]");
  if (details?.matches("[data-action], .who, .nav-menu")) {
    details.open = false;
    details.querySelector("summary").focus();
  } else if (typing(event.target)) event.target.blur();
}

document.addEventListener("keydown", pressed);

const help = document.getElementById("help");
document.querySelector("[data-help]")?.addEventListener("click", () => help.showModal());
const box = document.querySelector("[data-shortcuts]");
if (box) {
  box.checked = on();
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
}

// `…#a` opens the action of that key.
function follow() {
  const key = decodeURIComponent(location.hash.slice(1));
  if (key.length !== 1) return;
  const declared = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (declared) act(declared);
}
follow();
addEventListener("hashchange", follow);
