import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBlock, copyStrided, stridesOf } from "./block-copy.ts";
import { elementCount } from "./chunk-grid.ts";
import type { DataType } from "./data-type.ts";
import type { Values } from "./values.ts";
import { allocateValues, unitsPerElement } from "./values-of.ts";

const DTYPES: readonly DataType[] = [
  "uint8",
  "int16",
  "float32",
  "float64",
  "int64",
  "complex128",
  "S3",
  "U2",
  "string",
];

function numbered(dtype: DataType, count: number): Values {
  if (dtype === "string") return Array.from({ length: count }, (_, at) => `s${at}`);
  const values = allocateValues(dtype, count);
  const bytes = new Uint8Array((values as Uint8Array).buffer); // a typed array of any kind
  bytes.set(bytes.map((_, at) => (at * 7 + 1) % 120));
  return values;
}

/** One element at a time, by its position. */
function copyByPosition(
  from: { values: Values; shape: readonly number[]; start: readonly number[] },
  to: { values: Values; shape: readonly number[]; start: readonly number[] },
  shape: readonly number[],
  units: number,
): void {
  const offset = (end: typeof from, position: readonly number[]) =>
    position.reduce(
      (sum, value, axis) => sum + (value + (end.start[axis] ?? 0)) * (stridesOf(end.shape)[axis] ?? 0),
      0,
    );
  for (let linear = 0; linear < elementCount(shape); linear += 1) {
    const position = stridesOf(shape).map((stride, axis) => Math.floor(linear / stride) % (shape[axis] ?? 1));
    for (let unit = 0; unit < units; unit += 1) {
      const value = from.values[offset(from, position) * units + unit];
      (to.values as unknown[])[offset(to, position) * units + unit] = value;
    }
  }
}

const axis = fc.tuple(fc.nat(5), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2));
const blocks = fc.tuple(fc.constantFrom(...DTYPES), fc.array(axis, { maxLength: 4 }));

describe("copyBlock", () => {
  it("copies what copying element by element copies", () => {
    fc.assert(
      fc.property(blocks, ([dtype, axes]) => {
        const shape = axes.map(([length]) => length);
        const fromShape = axes.map(([length, before, after]) => length + before + after);
        const toShape = axes.map(([length, , , before, after]) => length + before + after);
        const units = unitsPerElement(dtype);
        const values = numbered(dtype, elementCount(fromShape));
        const from = { values, shape: fromShape, start: axes.map(([, before]) => before) };
        const target = () => ({
          values: allocateValues(dtype, elementCount(toShape)),
          shape: toShape,
          start: axes.map(([, , , before]) => before),
        });
        const [actual, expected] = [target(), target()];
        copyBlock(from, actual, shape, units);
        copyByPosition(from, expected, shape, units);
        expect(actual.values).toEqual(expected.values);
      }),
    );
  });
  it("copies long runs at once", () => {
    const values = Float32Array.from({ length: 1000 }, (_, at) => at);
    const target = { values: new Float32Array(500), shape: [5, 100] };
    copyBlock({ values, shape: [10, 100], start: [2, 0] }, target, [5, 100]);
    expect(target.values).toEqual(values.subarray(200, 700));
  });
  it("keeps the bits of every NaN", () => {
    const values = new Float32Array(new Uint32Array([0x7f800001, 0xffc12345]).buffer);
    const target = new Float32Array(2);
    copyBlock({ values, shape: [2, 1] }, { values: target, shape: [2, 1] }, [2, 1]);
    expect([...new Uint32Array(target.buffer)]).toEqual([0x7f800001, 0xffc12345]);
  });
  it("transposes when the two ends walk in different order", () => {
    const values = Int32Array.from([1, 2, 3, 4, 5, 6]);
    const target = new Int32Array(6);
    copyStrided(
      { values, strides: [1, 3], offset: 0 },
      { values: target, strides: [2, 1], offset: 0 },
      [3, 2],
    );
    expect([...target]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
