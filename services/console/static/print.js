// The browser's own print dialog.
document.querySelector("[data-print]")?.addEventListener("click", () => print());
