import type { Band } from "./compose.ts";
import { bandsOf, createSheet, type Sheet, type SheetOptions } from "./sheet.ts";

/** What the frames of an animation have in common: RGBA words of all that lies over the field, titles left out. */
export interface Still {
  readonly words: Uint32Array;
  readonly options: SheetOptions;
}

/** Draws it once. */
export function drawStill(options: SheetOptions, draw: (sheet: Sheet) => void): Still {
  const sheet = createSheet(options);
  draw(sheet);
  const words = new Uint32Array(options.width * options.height);
  for (const band of bandsOf(sheet.context, options)) words.set(band.words, band.firstRow * options.width);
  return { words, options };
}

/** The same with titles in its upper rows. */
export function* withTitles(
  { words, options }: Still,
  rows: number,
  draw: (sheet: Sheet) => void,
): Generator<Band> {
  const { width, height } = options;
  const strip = { ...options, height: Math.max(1, Math.min(height, rows)) };
  const sheet = createSheet(strip);
  draw(sheet);
  for (const { firstRow, words: titles } of bandsOf(sheet.context, strip)) {
    const start = firstRow * width;
    for (let at = 0; at < titles.length; at += 1)
      if (titles[at] === 0) titles[at] = words[start + at] as number; // inside
    yield { firstRow, words: titles };
  }
  if (strip.height < height) yield { firstRow: strip.height, words: words.subarray(strip.height * width) };
}
