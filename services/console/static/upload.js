// Upload with progress; without this module the form goes out as any other.

const form = document.querySelector("[data-upload]");
const input = form?.querySelector("input[type=file]");
const bar = form?.querySelector("progress");
const said = form?.querySelector("[data-said]");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRF-Token", document.querySelector("meta[name=csrf]").content);
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    if (!lengthComputable) return;
    bar.value = (100 * loaded) / total;
    said.textContent = `${Math.floor((100 * loaded) / total)} %`;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) location.href = request.responseURL;
    else {
      bar.hidden = true;
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      said.textContent = page.querySelector("main p")?.textContent ?? "It did not work. Nothing was taken.";
    }
  });
  request.addEventListener("error", () => {
    said.textContent = "The connection broke. Nothing was taken.";
  });
  bar.hidden = false;
  request.send(new FormData(form));
});

const drop = document.querySelector(".drop");
for (const name of ["dragover", "drop"]) drop?.addEventListener(name, (event) => event.preventDefault());
drop?.addEventListener("drop", (event) => {
  input.files = event.dataTransfer.files;
});
