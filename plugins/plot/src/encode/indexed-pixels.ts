import type { GifPalette } from "./gif-palette.ts";

/** Colours that are remembered as they are; of more, their five highest bits a channel decide. */
const SLOTS = 65_536;
const SLOT_SHIFT = 16;
const MAX_PROBES = 6;
const COLOUR = 0xffffff;

/**
 * For RGBA words (little-endian) the positions of the nearest colours of a palette. What was found is known for the next
 * frames; a result is good until the one after the next, whose memory it becomes.
 */
export function createIndexer(palette: GifPalette): (pixels: Uint32Array) => Uint8Array<ArrayBuffer> {
  // two pictures: one is compared with the one before
  let [spare, given]: Uint8Array<ArrayBuffer>[] = [];
  // a colour in 24 bits and its position in 8; the highest colour of position 255 is −1 like none
  const known = new Int32Array(SLOTS).fill(-1);
  const find = nearest(palette);
  const lookup = (colour: number): number => {
    let slot = Math.imul(colour, 0x9e3779b1) >>> SLOT_SHIFT;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const entry = known[slot] as number; // one of the slots
      if (entry !== -1 && entry >>> 8 === colour) return entry & 255;
      if (entry === -1) {
        const index = find(colour);
        known[slot] = (colour << 8) | index;
        return index;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return find(colour);
  };
  return (pixels) => {
    const indexes = spare?.length === pixels.length ? spare : new Uint8Array(pixels.length);
    [spare, given] = [given, indexes];
    let [last, lastIndex] = [-1, 0];
    for (let at = 0; at < pixels.length; at += 1) {
      const colour = (pixels[at] as number) & COLOUR; // at < length
      if (colour !== last) [last, lastIndex] = [colour, lookup(colour)];
      indexes[at] = lastIndex;
    }
    return indexes;
  };
}

/** A colour of the palette itself is exact; others are looked up once each five bits a channel. */
function nearest({ rgb }: GifPalette): (colour: number) => number {
  const rounded = new Int16Array(32_768).fill(-1);
  const exact = new Map<number, number>();
  for (let at = 0; at < 256; at += 1)
    exact.set((rgb[3 * at] ?? 0) | ((rgb[3 * at + 1] ?? 0) << 8) | ((rgb[3 * at + 2] ?? 0) << 16), at);
  return (colour) => {
    const own = exact.get(colour);
    if (own !== undefined) return own;
    const key = ((colour >> 9) & 0x7c00) | ((colour >> 6) & 0x3e0) | ((colour >> 3) & 0x1f);
    if ((rounded[key] as number) < 0) rounded[key] = closest(colour, rgb); // 15 bits
    return rounded[key] as number;
  };
}

function closest(colour: number, rgb: Uint8Array): number {
  const [red, green, blue] = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
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
  return best;
}
