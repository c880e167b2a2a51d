import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitShuffledBytes, bitUnshuffleInto } from "../bit-shuffle.ts";
import { shuffledBytes, unshuffledBytes } from "../byte-shuffle.ts";
import { decodeBloscLz, encodeBloscLz } from "./blosclz.ts";
import { decodeSnappy } from "./snappy.ts";

/** Bytes with repetitions, near and far. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 400 })), { maxLength: 40 })
  .map((parts) =>
    Buffer.concat(parts.map(([bytes, times]) => Buffer.concat(new Array<Uint8Array>(times).fill(bytes)))),
  );

describe("BloscLZ", () => {
  it("gives back what was compressed", () => {
    fc.assert(
      fc.property(repetitive, (bytes) => {
        const encoded = encodeBloscLz(bytes);
        if (encoded) expect(Buffer.compare(decodeBloscLz(encoded, bytes.length), bytes)).toBe(0);
      }),
    );
  });
  it("reads matches further away than 13 bits can say", () => {
    const far = 9000;
    const literals = Buffer.concat(
      Array.from({ length: far / 30 }, (_, run) =>
        Buffer.from([29, ...new Array<number>(30).fill(run % 251)]),
      ),
    );
    const distance = far - 1 - 8191;
    const stream = Buffer.concat([
      literals,
      Buffer.from([(1 << 5) | 31, 255, distance >> 8, distance & 255, 0, 7]),
    ]);
    const decoded = decodeBloscLz(stream, far + 4);
    expect([...decoded.subarray(far)]).toEqual([0, 0, 0, 7]);
  });
});

describe("Snappy", () => {
  it("reads literals and copies of every form", () => {
    const stream = [
      16,
      3 << 2,
      1,
      2,
      3,
      4,
      ((4 - 4) << 2) | 1,
      4,
      (3 << 2) | 2,
      8,
      0,
      (3 << 2) | 3,
      1,
      0,
      0,
      0,
    ];
    expect([...decodeSnappy(Uint8Array.from(stream), 16)]).toEqual([
      1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 4, 4, 4, 4,
    ]);
  });
  it("refuses streams that end early or reach before their start", () => {
    for (const stream of [[4, 3 << 2, 1], [4, 1, 9], [9, 0, 1], []]) {
      expect(() => decodeSnappy(Uint8Array.from(stream), 4)).toThrow(/damaged/);
    }
  });
});

describe("shuffles", () => {
  it("are undone, for every size of element and odd ends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 17 }), (bytes, size) => {
        expect(unshuffledBytes(shuffledBytes(bytes, size), size)).toEqual(bytes);
        const target = new Uint8Array(bytes.length);
        bitUnshuffleInto(bitShuffledBytes(bytes, size), target, size);
        expect(target).toEqual(bytes);
      }),
    );
  });
  it("take the bytes of elements apart also where they are not aligned", () => {
    const bytes = new Uint8Array(17).map((_, at) => at).subarray(1);
    expect([...shuffledBytes(bytes, 4).subarray(0, 4)]).toEqual([1, 5, 9, 13]);
  });
});
