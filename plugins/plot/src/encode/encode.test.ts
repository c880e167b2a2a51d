import { describe, expect, it } from "vitest";
import { gifFile, gifFrame } from "./gif.ts";
import { createIndexer } from "./indexed-pixels.ts";
import { encodeNpy } from "./npy.ts";
import { webpAnimation } from "./webp-animation.ts";

const palette = { rgb: Uint8Array.from({ length: 768 }, (_, at) => Math.floor(at / 3)) };

const whole = (width: number, height: number) => ({ left: 0, top: 0, width, height });

/** What is left of a frame when its codes are read as the specification says. */
function decoded(frame: Uint8Array, count: number): number[] {
  const bytes: number[] = [];
  for (let at = 19; frame[at] !== 0; at += (frame[at] ?? 0) + 1)
    bytes.push(...frame.subarray(at + 1, at + 1 + (frame[at] ?? 0)));
  let bit = 0;
  const code = (bits: number): number => {
    let value = 0;
    for (let place = 0; place < bits; place += 1, bit += 1)
      value |= (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) << place;
    return value;
  };
  let [table, bits]: [number[][], number] = [[], 9];
  const reset = (): void => {
    table = Array.from({ length: 258 }, (_, at) => [at]);
    bits = 9;
  };
  reset();
  const out: number[] = [];
  for (let previous: number[] | undefined; ; ) {
    const next = code(bits);
    if (next === 257 || out.length > count) return out;
    if (next === 256) {
      reset();
      previous = undefined;
      continue;
    }
    const entry: number[] = table[next] ?? [...(previous ?? []), previous?.[0] ?? 0];
    out.push(...entry);
    if (previous && table.length < 4096) table.push([...previous, entry[0] ?? 0]);
    if (table.length === 1 << bits && bits < 12) bits += 1;
    previous = entry;
  }
}

describe("GIF", () => {
  it("keeps every pixel, also when its dictionary is full many times", () => {
    let seed = 7;
    const indexes = Uint8Array.from({ length: 60_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (seed >> 16) & (seed % 3 === 0 ? 255 : 7);
    });
    expect(decoded(gifFrame(indexes, whole(300, 200), 100), indexes.length)).toEqual([...indexes]);
    expect(decoded(gifFrame(new Uint8Array(5000), whole(50, 100), 100), 5000)).toEqual(
      new Array(5000).fill(0),
    );
  });

  it("finds the nearest colour", () => {
    const indexesOf = createIndexer(palette);
    expect([...indexesOf(Uint32Array.of(0xff090909, 0xffcac9c8, 0xff090909))]).toEqual([9, 201, 9]);
    expect(Buffer.from(gifFile([], { width: 2, height: 3 }, palette)).toString("latin1", 0, 6)).toBe(
      "GIF89a",
    );
  });
});

describe("WebP", () => {
  it("puts the pictures of single files into one that moves", () => {
    const single = Buffer.concat([
      Buffer.from("RIFF\0\0\0\0WEBPVP8L", "latin1"),
      Buffer.of(3, 0, 0, 0, 1, 2, 3, 0),
    ]);
    const file = Buffer.from(
      webpAnimation(
        [
          { bytes: single, place: whole(4, 5) },
          { bytes: single, place: { left: 2, top: 4, width: 1, height: 1 } },
        ],
        { width: 4, height: 5 },
        200,
      ),
    );
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect([...file.toString("latin1").matchAll(/ANMF|VP8L|VP8X|ANIM/g)].map(([name]) => name)).toEqual([
      "VP8X",
      "ANIM",
      "ANMF",
      "VP8L",
      "ANMF",
      "VP8L",
    ]);
  });
});

describe("npy", () => {
  it("has a header of whole 64 bytes", () => {
    const bytes = Buffer.from(encodeNpy(Float32Array.of(1, 2), [2]));
    expect([bytes.length, bytes.toString("latin1", 10, 60)]).toEqual([
      136,
      "{'descr': '<f4', 'fortran_order': False, 'shape': ",
    ]);
    expect(bytes.readFloatLE(132)).toBe(2);
  });
});
