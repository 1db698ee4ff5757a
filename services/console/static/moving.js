// A page about what goes on is brought up to date by itself: while it is seen, nobody is at work in it, and it is not
// switched off (for this browser).

const AGAIN_MS = 5000;
const SWITCH = "reclaim-moving";
const content = document.querySelector("main[data-moving]");
const box = document.querySelector("#moving");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

box.checked = localStorage.getItem(SWITCH) !== "off";
box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));

function atWork() {
  const focus = document.activeElement;
  return (
    document.hidden ||
    !box.checked ||
    (content.contains(focus) && focus !== content) ||
    content.querySelector("details[open]") !== null ||
    String(getSelection()) !== ""
  );
}

let last = null;
for (;;) {
  await pause(AGAIN_MS);
  if (atWork()) continue;
  const answer = await fetch(location.href, { headers: { "X-Reclaim-By-Itself": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) continue;
  const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const said = made?.innerHTML;
  if (!made || said === last || atWork()) continue;
  last = said;
  content.replaceChildren(...made.childNodes);
  dispatchEvent(new Event("resize"));
}
