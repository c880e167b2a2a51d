/** Colours of a whole animation, and the nearest of them for any. */
export interface GifPalette {
  /** 256 times red, green and blue. */
  readonly rgb: Uint8Array;
}

const CODE_LIMIT = 4096;

/** Positions in the palette for RGBA pixels; colours are looked up once each, five bits a channel. */
export function indexedPixels(rgba: Uint8ClampedArray, { rgb }: GifPalette): Uint8Array {
  const known = new Int16Array(32_768).fill(-1);
  const exact = new Map<number, number>();
  for (let at = 0; at < 256; at += 1) exact.set(word(rgb, 3 * at), at);
  const indexes = new Uint8Array(rgba.length / 4);
  let last = -1;
  let lastIndex = 0;
  for (let pixel = 0; pixel < indexes.length; pixel += 1) {
    const colour = word(rgba, 4 * pixel);
    if (colour !== last) {
      last = colour;
      lastIndex = exact.get(colour) ?? rounded(known, colour, rgb);
    }
    indexes[pixel] = lastIndex;
  }
  return indexes;
}

function word(bytes: Uint8Array | Uint8ClampedArray, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number); // inside
}

function rounded(known: Int16Array, colour: number, rgb: Uint8Array): number {
  const key = ((colour >> 9) & 0x7c00) | ((colour >> 6) & 0x3e0) | ((colour >> 3) & 0x1f);
  const found = known[key] as number; // 15 bits
  if (found >= 0) return found;
  const [red, green, blue] = [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (let at = 0; at < 256; at += 1) {
    const here =
      ((rgb[3 * at] as number) - red) ** 2 +
      ((rgb[3 * at + 1] as number) - green) ** 2 +
      ((rgb[3 * at + 2] as number) - blue) ** 2; // 256 colours
    if (here < distance) {
      distance = here;
      best = at;
    }
  }
  known[key] = best;
  return best;
}

/** One frame: its control block and its picture, as they stand in the file (GIF89a §23, §20, §22). */
export function gifFrame(indexes: Uint8Array, { width, height }: Size, delayMs: number): Uint8Array {
  const delay = Math.max(2, Math.round(delayMs / 10));
  const control = [0x21, 0xf9, 4, 0x04, delay & 255, delay >> 8, 0, 0];
  const image = [0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0];
  return Buffer.concat([Uint8Array.from([...control, ...image]), compressed(indexes)]);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The file around its frames; it starts again at the end. */
export function gifFile(
  frames: readonly Uint8Array[],
  { width, height }: Size,
  { rgb }: GifPalette,
): Uint8Array {
  const screen = [width & 255, width >> 8, height & 255, height >> 8, 0xf7, 0, 0];
  const loop = [0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0", "latin1"), 3, 1, 0, 0, 0];
  return Buffer.concat([
    Buffer.from("GIF89a", "latin1"),
    Uint8Array.from(screen),
    rgb,
    Uint8Array.from(loop),
    ...frames,
    Uint8Array.of(0x3b),
  ]);
}

/** LZW with codes of 9 to 12 bits, in blocks of 255 bytes (GIF89a appendix F). */
function compressed(indexes: Uint8Array): Uint8Array {
  const out = new BlockWriter(indexes.length);
  const [clear, end] = [256, 257];
  // children of codes: one table with open addressing, emptied with the dictionary
  const keys = new Int32Array(16_384).fill(-1);
  const codes = new Int16Array(16_384);
  let next = 258;
  let bits = 9;
  out.code(clear, bits);
  let prefix = indexes[0] ?? 0;
  for (let at = 1; at < indexes.length; at += 1) {
    const index = indexes[at] as number; // at < length
    const key = (prefix << 8) | index;
    let slot = (key * 0x9e3779b1) >>> 18;
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & 16_383;
    if (keys[slot] === key) {
      prefix = codes[slot] as number; // filled with its key
      continue;
    }
    out.code(prefix, bits);
    prefix = index;
    if (next < CODE_LIMIT) {
      keys[slot] = key;
      codes[slot] = next;
      if (next === 1 << bits) bits += 1;
      next += 1;
      continue;
    }
    out.code(clear, bits);
    keys.fill(-1);
    next = 258;
    bits = 9;
  }
  out.code(prefix, bits);
  if (next === 1 << bits && bits < 12) bits += 1;
  out.code(end, bits);
  return out.finish();
}

class BlockWriter {
  #bytes: Uint8Array;
  #at = 1;
  #block = 1;
  #word = 0;
  #filled = 0;

  constructor(pixels: number) {
    this.#bytes = new Uint8Array(Math.max(1024, Math.floor(pixels / 2)));
    this.#bytes[0] = 8; // bits of a colour
    this.#open();
  }

  code(value: number, bits: number): void {
    this.#word |= value << this.#filled;
    this.#filled += bits;
    while (this.#filled >= 8) {
      this.#byte(this.#word & 255);
      this.#word >>>= 8;
      this.#filled -= 8;
    }
  }

  finish(): Uint8Array {
    if (this.#filled > 0) this.#byte(this.#word & 255);
    const length = this.#at - this.#block - 1;
    if (length === 0) this.#at = this.#block;
    else this.#bytes[this.#block] = length;
    this.#room();
    this.#bytes[this.#at] = 0;
    return this.#bytes.subarray(0, this.#at + 1);
  }

  #open(): void {
    this.#block = this.#at;
    this.#at += 1;
  }

  #byte(value: number): void {
    this.#room();
    this.#bytes[this.#at] = value;
    this.#at += 1;
    if (this.#at - this.#block - 1 < 255) return;
    this.#bytes[this.#block] = 255;
    this.#room();
    this.#open();
  }

  #room(): void {
    if (this.#at + 4 < this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
