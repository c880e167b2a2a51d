import { describe, expect, it } from "vitest";
import { scanned } from "./scan.ts";

const rolling = { kind: "rolling", window: 3, after: 0, minPeriods: 2 } as const;

describe("scanned", () => {
  it("rolls along an outer axis and knows what lies before the block", () => {
    const values = Float64Array.of(1, 10, 2, 20, Number.NaN, 30, 4, 40);
    const job = { values, shape: [4, 2], axis: 0, lead: 1, length: 3, dtype: "float64" } as const;
    const result = scanned({ ...job, step: { ...rolling, action: "sum" } });
    expect([...(result as Float64Array)]).toEqual([3, 30, 3, 60, 6, 90]);
  });

  it("has fewer values where a window reaches past the array", () => {
    const job = {
      values: Float64Array.of(1, 2, 3),
      shape: [3],
      axis: 0,
      lead: 0,
      length: 3,
      dtype: "float64",
    } as const;
    const result = scanned({ ...job, step: { ...rolling, after: 1, action: "max" } });
    expect([...(result as Float64Array)]).toEqual([2, 3, 3]);
  });

  it("lets differences of integers wrap", () => {
    const job = {
      values: Uint8Array.of(5, 3, 9),
      shape: [3],
      axis: 0,
      lead: 0,
      length: 2,
      dtype: "uint8",
    } as const;
    expect([...(scanned({ ...job, step: { kind: "difference" } }) as Uint8Array)]).toEqual([254, 6]);
  });

  it("carries sums on, skipping what is missing", () => {
    const values = Float32Array.of(1, Number.NaN, 2);
    const job = { values, shape: [3], axis: 0, lead: 0, length: 3, dtype: "float32" } as const;
    const step = { kind: "running-sum", carry: Float64Array.of(10) } as const;
    expect([...(scanned({ ...job, step }) as Float32Array)]).toEqual([11, 11, 13]);
  });
});
