// What every page does: looks whether an asked-for decision has come back, keeps a form from being sent twice,
// and submits filters as they change.

const LOOK_MS = 400;
const LOOKS = 150;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A message with `data-waits="/url"` is replaced by what the url answers, until that no longer waits.
async function follow(message) {
  for (let look = 0; look < LOOKS && message.isConnected; look++) {
    await pause(LOOK_MS);
    const answer = await fetch(message.dataset.waits, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) continue;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const next = made.content.firstElementChild;
    if (!next || next.dataset.waits) continue;
    message.replaceWith(next);
    document.dispatchEvent(new CustomEvent("reclaim:answered", { detail: next.dataset.state }));
    return;
  }
}
for (const message of document.querySelectorAll("[data-waits]")) follow(message);

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest?.("[data-dismiss]");
  dismiss?.closest(".message")?.remove();
});

// One press, one request: the server would take the second for the same one, but the person need not see it.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A filter form marked `data-live` goes out when one of its lists changes; empty fields stay out of the address.
for (const form of document.querySelectorAll("form[data-live]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=checkbox], input[type=date]")) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  });
}

// What is wider than the screen is scrolled with the keyboard too.
function reach() {
  for (const one of document.querySelectorAll(".flush, .scroll, .table-box, .chart-box, .list")) {
    const named = one.closest(".panel")?.querySelector("h2, h1") ?? document.querySelector("h1");
    const wide = one.scrollWidth > one.clientWidth;
    one.toggleAttribute("tabindex", wide);
    if (!wide) continue;
    one.tabIndex = 0;
    one.setAttribute("role", "region");
    if (!one.hasAttribute("aria-label")) one.setAttribute("aria-label", named?.textContent ?? "");
  }
}
reach();
addEventListener("resize", reach);

// Only one open menu; a press elsewhere closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".nav-menu[open], .who[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
