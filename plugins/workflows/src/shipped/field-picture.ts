import { crc32, deflateSync } from "node:zlib";
import type { Chunk } from "@zarr-gateway/dataset";

/** ColorBrewer's Spectral, reversed: from cold to warm. */
const COLOURS = [
  "5e4fa2",
  "3288bd",
  "66c2a5",
  "abdda4",
  "e6f598",
  "ffffbf",
  "fee08b",
  "fdae61",
  "f46d43",
  "d53e4f",
  "9e0142",
].map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
const MAX_SIDE = 4096;

/** A field of rows and columns as a PNG, one point a pixel, north at the top; missing values are clear. */
export function fieldPicture({ shape, values }: Chunk, isNorthFirst: boolean): Buffer {
  const [height = 1, width = 1] = shape.slice(-2);
  const numbers = Float64Array.from((values as Float32Array).subarray(0, height * width)); // fields of models are floats
  const step = Math.max(1, Math.ceil(Math.max(height, width) / MAX_SIDE));
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const { low, high } = extent(numbers);
  const raw = Buffer.alloc(rows * (1 + columns * 4));
  for (let row = 0; row < rows; row += 1) {
    const from = isNorthFirst ? row * step : height - 1 - row * step;
    for (let column = 0; column < columns; column += 1) {
      const value = numbers[from * width + column * step] ?? Number.NaN;
      if (Number.isFinite(value))
        raw.set(colourAt(value, low, high), row * (1 + columns * 4) + 1 + column * 4);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits, red green blue alpha
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    part("IHDR", header),
    part("IDAT", deflateSync(raw)),
    part("IEND", Buffer.alloc(0)),
  ]);
}

function extent(numbers: Float64Array): { readonly low: number; readonly high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of numbers) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function colourAt(value: number, low: number, high: number): number[] {
  const place = high > low ? ((value - low) / (high - low)) * (COLOURS.length - 1) : 0;
  const at = Math.min(COLOURS.length - 2, Math.floor(place));
  const [one = [], next = []] = [COLOURS[at], COLOURS[at + 1]];
  return [
    ...one.map((part, channel) => Math.round(part + ((next[channel] ?? part) - part) * (place - at))),
    255,
  ];
}

/** PNG §5.3: length, type, data, checksum of the latter two. */
function part(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
