import { concatenated } from "./concatenated.ts";
import type { GifPalette } from "./gif-palette.ts";
import { compressed } from "./lzw.ts";

const COLOUR_BITS = 8;
const BLOCK = 255;

/** One frame: its control block and its picture, as they stand in the file (GIF89a §23, §20, §22). */
export function gifFrame(indexes: Uint8Array, place: Place, delayMs: number): Uint8Array<ArrayBuffer> {
  const { left, top, width, height } = place;
  const delay = Math.max(2, Math.round(delayMs / 10));
  const control = [0x21, 0xf9, 4, 0x04, delay & 255, delay >> 8, 0, 0];
  const image = [0x2c, ...[left, top, width, height].flatMap((value) => [value & 255, value >> 8]), 0];
  return blocks(Uint8Array.from([...control, ...image, COLOUR_BITS]), compressed(indexes));
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of a frame on its screen: what lies beside it stays as the frame before left it. */
export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

/** The file around its frames; it starts again at the end. */
export function gifFile(
  frames: readonly Uint8Array[],
  { width, height }: Size,
  { rgb }: GifPalette,
): Uint8Array<ArrayBuffer> {
  const screen = [width & 255, width >> 8, height & 255, height >> 8, 0xf7, 0, 0];
  const loop = [0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0", "latin1"), 3, 1, 0, 0, 0];
  return concatenated([
    Buffer.from("GIF89a", "latin1"),
    Uint8Array.from(screen),
    rgb,
    Uint8Array.from(loop),
    ...frames,
    Uint8Array.of(0x3b),
  ]);
}

/** What stands before, and the bytes in blocks that begin with their length; one of length 0 ends them (GIF89a §15). */
function blocks(head: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + bytes.length + Math.ceil(bytes.length / BLOCK) + 1);
  whole.set(head);
  let to = head.length;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const part = bytes.subarray(at, at + BLOCK);
    whole[to] = part.length;
    whole.set(part, to + 1);
    to += part.length + 1;
  }
  return whole;
}
