import { createRequire } from "node:module";
import { GlobalFonts } from "@napi-rs/canvas";

const FACES = [
  ["DejaVuSans.ttf", "Gateway Sans"],
  ["DejaVuSans-Bold.ttf", "Gateway Sans Bold"],
] as const;

let isReady = false;

/** The letters come with the program: the same on every machine, also on those without fonts. */
export function loadFonts(): void {
  if (isReady) return;
  const { resolve } = createRequire(import.meta.url);
  for (const [file, name] of FACES)
    GlobalFonts.registerFromPath(resolve(`dejavu-fonts-ttf/ttf/${file}`), name);
  isReady = true;
}

export function font(size: number, isBold = false): string {
  return `${size}px "${isBold ? "Gateway Sans Bold" : "Gateway Sans"}"`;
}
