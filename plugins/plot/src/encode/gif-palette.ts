import { type ColourScale, createPalette } from "../colour/colour-scale.ts";

/** Colours of a whole animation. */
export interface GifPalette {
  /** 256 times red, green and blue. */
  readonly rgb: Uint8Array;
}

/** Greys from black to white, with the blue of letters and lines. */
const GREYS = 40;

/** The colours of a scale, and greys for everything else: the same for all frames, so that nothing flickers. */
export function gifPalette(scale: ColourScale): GifPalette {
  const { colours } = createPalette(scale);
  const rgb = new Uint8Array(3 * 256);
  const count = 256 - GREYS;
  for (let at = 0; at < count; at += 1) {
    const colour =
      colours[Math.min(colours.length - 1, Math.floor(((at + 0.5) * colours.length) / count))] ?? 0;
    rgb.set([colour & 255, (colour >> 8) & 255, (colour >> 16) & 255], 3 * at);
  }
  for (let grey = 0; grey < GREYS; grey += 1) {
    const level = Math.round((255 * grey) / (GREYS - 1));
    const tint = level > 0 && level < 255 ? 4 : 0;
    rgb.set([Math.max(0, level - tint), level, Math.min(255, level + tint)], 3 * (count + grey));
  }
  return { rgb };
}
