import { elementCount } from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planChunkShape } from "./chunk-plan.ts";

const plan = (shape: number[], itemBytes = 4, options = {}) =>
  planChunkShape({ shape, itemBytes, isCoordinate: false, isInterleaved: false, ...options });

describe("planChunkShape", () => {
  it("keeps small variables and coordinates whole", () => {
    expect(plan([])).toEqual([]);
    expect(plan([0, 5])).toEqual([1, 5]);
    expect(plan([12, 181, 360])).toEqual([12, 181, 360]);
    expect(plan([2_000_000], 8, { isCoordinate: true })).toEqual([2_000_000]);
  });

  it("cuts along the first dimension into equal parts of one to four mebibytes", () => {
    expect(plan([8760, 181, 360])).toEqual([15, 181, 360]);
    expect(plan([2_000_000], 8)).toEqual([500_000]);
  });

  it("keeps a field of up to eight mebibytes in one piece", () => {
    expect(plan([8760, 721, 1440])).toEqual([1, 721, 1440]);
    expect(plan([8760, 721, 1440], 8)).toEqual([1, 721, 1440]);
    expect(plan([100, 37, 721, 1440])).toEqual([1, 1, 721, 1440]);
    expect(plan([24, 10_000, 10_000])).toEqual([1, 100, 10_000]);
  });

  it("takes the length that cuts the last chunk least where no divisor will do", () => {
    expect(plan([10_007, 300, 360])).toEqual([9, 300, 360]);
    expect(plan([1_000_003, 10])).toEqual([100_001, 10]);
  });

  it("leaves interleaved records of a mebibyte or more apart, so that each has an address", () => {
    expect(plan([8760, 721, 720], 4, { isInterleaved: true })).toEqual([1, 721, 720]);
    expect(plan([8760, 100, 100], 4, { isInterleaved: true })[0]).toBeGreaterThan(50);
  });

  it("never plans a chunk of more than sixteen mebibytes, whatever is declared", () => {
    const length = fc.integer({ min: 0, max: 2 ** 40 });
    const input = fc.record({
      shape: fc.array(fc.oneof(length, fc.integer({ min: 0, max: 2000 })), { maxLength: 5 }),
      itemBytes: fc.constantFrom(1, 2, 4, 8),
      isCoordinate: fc.boolean(),
      isInterleaved: fc.boolean(),
    });
    fc.assert(
      fc.property(input, (value) => {
        const { shape, itemBytes } = value;
        const isCoordinate = value.isCoordinate && shape.length === 1;
        const chunkShape = planChunkShape({ ...value, isCoordinate });
        expect(elementCount(chunkShape) * itemBytes).toBeLessThanOrEqual(16 * 2 ** 20);
        expect(chunkShape.every((chunk, axis) => chunk >= 1 && chunk <= Math.max(1, shape[axis] ?? 0))).toBe(
          true,
        );
        // one piece of the file: whole below the dimension that is cut, one element above it
        const cut = chunkShape.findIndex((chunk) => chunk > 1);
        expect(
          cut === -1 ||
            chunkShape.slice(cut + 1).every((chunk, i) => chunk === Math.max(1, shape[cut + 1 + i] ?? 0)),
        ).toBe(true);
      }),
    );
  });
});
