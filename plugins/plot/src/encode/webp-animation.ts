import { concatenated, lengthOf } from "./concatenated.ts";
import type { Place, Size } from "./gif.ts";

/**
 * Pictures as one that moves: the frames of single WebP files in a file with `VP8X`, `ANIM` and `ANMF`
 * (RFC 9649 §2.7). Each paints its place anew, whose corner is even; the first is whole. It starts again at the end.
 */
export function webpAnimation(
  pictures: readonly { readonly bytes: Uint8Array; readonly place: Place }[],
  { width, height }: Size,
  delayMs: number,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(10);
  header[0] = 0x02 | 0x10; // animation, alpha
  header.set(uint24(width - 1), 4);
  header.set(uint24(height - 1), 7);
  const frames = pictures.flatMap(({ bytes, place }) => {
    // corners are counted in steps of two pixels
    const head = [place.left / 2, place.top / 2, place.width - 1, place.height - 1, Math.round(delayMs)];
    return chunk("ANMF", [Uint8Array.from([...head.flatMap(uint24), 0x02]), ...imageChunks(bytes)]);
  });
  const name = Buffer.from("WEBP", "latin1");
  const whole = [name, ...chunk("VP8X", [header]), ...chunk("ANIM", [new Uint8Array(6)]), ...frames];
  return concatenated(chunk("RIFF", whole));
}

/** What of a file is the picture: its alpha and its colours. */
function imageChunks(picture: Uint8Array): Uint8Array[] {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 12; at + 8 <= picture.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size & 1);
    const name = Buffer.from(picture.subarray(at, at + 4)).toString("latin1");
    if (["ALPH", "VP8 ", "VP8L"].includes(name)) parts.push(picture.subarray(at, end));
    at = end;
  }
  return parts;
}

function chunk(name: string, content: readonly Uint8Array[]): Uint8Array[] {
  const head = Buffer.alloc(8);
  const length = lengthOf(content);
  head.write(name, "latin1");
  head.writeUInt32LE(length, 4);
  return [head, ...content, new Uint8Array(length & 1)];
}

function uint24(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255];
}
