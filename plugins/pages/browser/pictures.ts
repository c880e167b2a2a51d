// A picture that does not come is taken away: below it is a map, or nothing is missed.
function drop(image: unknown): void {
  if (!(image instanceof HTMLImageElement) || !image.matches(".thumbnail")) return;
  const figure = image.closest("figure");
  (figure ?? image).remove();
}

document.addEventListener("error", (event) => drop(event.target), true);
for (const image of document.images) if (image.complete && image.naturalWidth === 0) drop(image);
