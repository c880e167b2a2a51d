import { chunkCounts } from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkExtent } from "./chunk-extent.ts";
import { CLASSIC_TYPES, type ClassicType } from "./classic-type.ts";
import { planGather } from "./gather.ts";
import type { VariableLayout } from "./layout.ts";

const type = fc.constantFrom(...CLASSIC_TYPES.values());

/** A layout whose chunks are cut along one dimension, as they are planned. */
const layout: fc.Arbitrary<VariableLayout> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    fc.nat(3),
    fc.integer({ min: 1, max: 5 }),
    type,
    fc.option(fc.nat(9), { nil: undefined }),
  )
  .map(([shape, axis, length, elementType, gap]) => {
    const cut = Math.min(axis, shape.length - 1);
    const chunkShape = shape.map((size, i) => (i < cut ? 1 : i === cut ? Math.min(length, size) : size));
    const slab = shape.slice(1).reduce((product, size) => product * size, elementType.bytes);
    return createLayout({
      shape,
      chunkShape,
      type: elementType,
      recordStride: gap === undefined ? undefined : slab + gap,
    });
  });

function createLayout(input: {
  shape: number[];
  chunkShape: number[];
  type: ClassicType;
  recordStride: number | undefined;
}): VariableLayout {
  const { shape, chunkShape, recordStride } = input;
  const variable = { name: "v", dimensions: [], attributes: [], type: input.type, begin: 100 };
  return { variable, dims: shape.map((_, i) => `d${i}`), shape, chunkShape, recordStride };
}

/** File offset of an element, from the definition of the format. */
function offsetOf({ variable, shape, recordStride }: VariableLayout, element: number): number {
  if (recordStride === undefined) return variable.begin + element * variable.type.bytes;
  const perRecord = shape.slice(1).reduce((product, size) => product * size, 1);
  return (
    variable.begin +
    Math.floor(element / perRecord) * recordStride +
    (element % perRecord) * variable.type.bytes
  );
}

describe("chunkExtent", () => {
  it("lists the bytes of every element once, chunk by chunk, in C order", () => {
    fc.assert(
      fc.property(layout, (value) => {
        const counts = chunkCounts(value);
        const offsets = allIndices(counts).flatMap((index) => {
          const { offset, length, stride, count } = chunkExtent(value, index);
          const perPiece = length / value.variable.type.bytes;
          return Array.from(
            { length: count * perPiece },
            (_, i) => offset + Math.floor(i / perPiece) * stride + (i % perPiece) * value.variable.type.bytes,
          );
        });
        const elements = value.shape.reduce((product, size) => product * size, 1);
        expect(offsets).toEqual(Array.from({ length: elements }, (_, element) => offsetOf(value, element)));
      }),
    );
  });
});

describe("planGather", () => {
  it("joins pieces over small gaps only, and no further than four mebibytes", () => {
    expect(planGather({ offset: 0, length: 8, stride: 32, count: 1000 })).toEqual([
      { first: 0, count: 1000 },
    ]);
    expect(planGather({ offset: 0, length: 8, stride: 2 ** 20, count: 3 })).toHaveLength(3);
    const steps = planGather({ offset: 0, length: 8, stride: 30_000, count: 1000 });
    expect(Math.max(...steps.map(({ count }) => count * 30_000))).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(steps.reduce((total, { count }) => total + count, 0)).toBe(1000);
  });
});

function allIndices(counts: readonly number[]): number[][] {
  return counts.reduce<number[][]>(
    (indices, count) =>
      indices.flatMap((index) => Array.from({ length: count }, (_, position) => [...index, position])),
    [[]],
  );
}
