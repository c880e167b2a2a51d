/** Pixels of a field, and where on the sheet they lie. */
export interface FieldPixels {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** RGBA words, little-endian; 0 where nothing is drawn, else opaque. */
  readonly pixels: Uint32Array;
  /** What stands where nothing is drawn; 0: nothing. */
  readonly missing: number;
  /** How much of each pixel lies on the map, 0 to 255; absent: all of all. */
  readonly coverage?: Uint8Array | undefined;
}

/** Some whole rows of what lies over the field: RGBA words, not premultiplied. */
export interface Band {
  readonly firstRow: number;
  readonly words: Uint32Array;
}

/** What lies under it. */
export interface Ground {
  /** Of the sheet. */
  readonly width: number;
  readonly field: FieldPixels | undefined;
  /** Of the paper; 0: there is none, and what is not drawn stays transparent. */
  readonly paper: number;
}

/** Puts a band over the ground; writes its rows of the picture, RGBA words that are not premultiplied. */
export function compose({ firstRow, words }: Band, { width, field, paper }: Ground, to: Uint32Array): void {
  const rows = words.length / width;
  for (let row = 0; row < rows; row += 1) {
    const line = firstRow + row;
    const isBeside = !field || line < field.top || line >= field.top + field.height;
    const from = isBeside ? width : Math.max(0, field.left);
    const until = isBeside ? width : Math.min(width, field.left + field.width);
    const start = row * width;
    const target = line * width;
    for (let column = 0; column < from; column += 1)
      to[target + column] = over(words[start + column] as number, paper); // inside the band
    if (field && !isBeside) {
      const inField = (line - field.top) * field.width - field.left;
      for (let column = from; column < until; column += 1)
        to[target + column] = over(
          words[start + column] as number, // inside the band
          groundAt(field, inField + column, paper),
        );
    }
    for (let column = until; column < width; column += 1)
      to[target + column] = over(words[start + column] as number, paper); // inside the band
  }
}

function groundAt({ pixels, missing, coverage }: FieldPixels, at: number, paper: number): number {
  const pixel = pixels[at] as number; // inside the field
  const ground = pixel === 0 ? missing : pixel;
  if (coverage === undefined) return ground;
  const share = coverage[at] as number; // one a pixel
  if (share === 255) return ground;
  return share === 0 ? paper : mixed(ground, paper, share);
}

/** Over what is opaque, or over nothing. */
function over(upper: number, lower: number): number {
  const alpha = upper >>> 24;
  if (alpha === 0) return lower;
  if (alpha === 255 || lower === 0) return upper;
  return mixed(upper, lower, alpha);
}

/** `share` of 255 parts of the first, the rest of the second, which is opaque. */
function mixed(first: number, second: number, share: number): number {
  const rest = 255 - share;
  const red = Math.round(((first & 255) * share + (second & 255) * rest) / 255);
  const green = Math.round((((first >>> 8) & 255) * share + ((second >>> 8) & 255) * rest) / 255);
  const blue = Math.round((((first >>> 16) & 255) * share + ((second >>> 16) & 255) * rest) / 255);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
