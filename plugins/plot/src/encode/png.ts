import { constants, crc32, deflateSync } from "node:zlib";
import { concatenated } from "./concatenated.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const TRUE_COLOUR = 2;
const TRUE_COLOUR_ALPHA = 6;
const OUTPUT_STEP = 256 * 1024;

/**
 * A PNG file of RGBA words (little-endian, not premultiplied), without the channel of transparency where nothing is.
 * Rows are stored as they are: colours come from a table, so equal ones repeat, and differences of them (PNG §9) repeat less;
 * the fastest level of deflate then gives smaller files than filters and a slow one, in a fifth of the time.
 */
export function encodePng(pixels: Uint32Array, { width, height }: Size): Uint8Array<ArrayBuffer> {
  const isOpaque = hasNoAlpha(pixels, width * height);
  const rows = isOpaque ? opaqueRows(pixels, { width, height }) : rowsOf(pixels, { width, height });
  const data = deflateSync(rows, { level: constants.Z_BEST_SPEED, chunkSize: OUTPUT_STEP });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits of a channel
  header[9] = isOpaque ? TRUE_COLOUR : TRUE_COLOUR_ALPHA;
  const chunks = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())].flat();
  return concatenated([SIGNATURE, ...chunks]);
}

function hasNoAlpha(pixels: Uint32Array, count: number): boolean {
  for (let at = 0; at < count; at += 1) if ((pixels[at] as number) >>> 24 !== 255) return false; // at < count
  return true;
}

/** A byte before each row says that it is not filtered. */
function opaqueRows(pixels: Uint32Array, { width, height }: Size): Uint8Array {
  const rows = new Uint8Array((3 * width + 1) * height);
  let to = 0;
  for (let row = 0; row < height; row += 1) {
    to += 1;
    for (let at = row * width; at < (row + 1) * width; at += 1) {
      const word = pixels[at] as number; // inside
      rows[to] = word & 255;
      rows[to + 1] = (word >>> 8) & 255;
      rows[to + 2] = (word >>> 16) & 255;
      to += 3;
    }
  }
  return rows;
}

function rowsOf(pixels: Uint32Array, { width, height }: Size): Uint8Array {
  const rows = new Uint8Array((4 * width + 1) * height);
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  for (let row = 0; row < height; row += 1)
    rows.set(bytes.subarray(4 * row * width, 4 * (row + 1) * width), row * (4 * width + 1) + 1);
  return rows;
}

/** Length, name, content and checksum (PNG §5.3). */
function chunk(name: string, content: Uint8Array): Uint8Array[] {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length, 0);
  head.write(name, 4, "latin1");
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content, crc32(head.subarray(4))), 0);
  return [head, content, sum];
}
