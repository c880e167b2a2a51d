import { startViewer } from "./viewer.ts";

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const text = document.getElementById(button.dataset["copy"] ?? "");
  if (!text || !("clipboard" in navigator)) continue; // no clipboard without HTTPS, except on this machine
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "copied";
    setTimeout(() => {
      button.textContent = "copy";
    }, 1500);
  });
}

const viewer = document.getElementById("viewer");
if (viewer) startViewer(viewer);
