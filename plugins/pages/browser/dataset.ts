import "./pictures.ts";
import { startViewer } from "./viewer.ts";

async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  button.textContent = "copied";
  setTimeout(() => {
    button.textContent = "copy";
  }, 1500);
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const text = document.getElementById(button.dataset["copy"] ?? "");
  if (!text || !("clipboard" in navigator)) continue; // no clipboard without HTTPS, except on this machine
  button.hidden = false;
  button.addEventListener("click", () => void copy(button, text.textContent));
}

const viewer = document.getElementById("viewer");
if (viewer) startViewer(viewer);
