import { describe, expect, it } from "vitest";
import { means } from "./accumulation/means.ts";
import { reusing, sharedAccumulator, spareAccumulators } from "./shared-accumulator.ts";
import type { Span } from "./span.ts";

const row: Span = {
  at: 0,
  length: 2,
  step: 1,
  rows: 1,
  rowStep: 0,
  cell: 0,
  factor: 0,
  factorStep: 0,
  factorRowStep: 0,
};

describe("accumulators in shared memory", () => {
  it("take the memory of one that is done, and nothing of what it holds", () => {
    const done = sharedAccumulator({ sums: Float64Array.of(1, 2), missing: Float64Array.of(1, 0) });
    const next = reusing(done, means.create(2));
    expect(next["sums"]?.buffer).toBe(done["sums"]?.buffer);
    expect(next).toEqual({ sums: new Float64Array(2) });
    expect(sharedAccumulator(next)["sums"]).toBe(next["sums"]);
  });

  it("take no memory of another size or type", () => {
    const created = means.create(2);
    for (const sums of [new Float64Array(3), new BigInt64Array(2)]) {
      expect(reusing({ sums }, created)["sums"]).toBe(created["sums"]);
    }
  });

  it("are spare as long as somebody may want them", async () => {
    const spare = spareAccumulators();
    const done = means.create(1);
    await spare.during(async () => {
      await spare.during(async () => spare.give([done]));
      expect(spare.take()).toBe(done);
      spare.give([done]);
    });
    expect(spare.take()).toBeUndefined();
  });
});

describe("means of which some lanes have seen nothing missing", () => {
  const seen = (values: Float32Array) => {
    const accumulator = means.create(2);
    means.kernel(accumulator, undefined).rows(values, row);
    return accumulator;
  };
  const [whole, gap] = [Float32Array.of(2, 4), Float32Array.of(Number.NaN, 8)];

  it("notes what is missing from the first missing value on", () => {
    expect(Object.keys(seen(whole))).toEqual(["sums"]);
    expect(seen(gap)["missing"]).toEqual(Float64Array.of(1, 0));
  });

  it.each([
    ["the second", whole, gap],
    ["the first", gap, whole],
  ])("joins them where %s has", (_which, first, second) => {
    const joined = seen(first);
    means.merge(joined, seen(second));
    const context = { dtype: "float64", positionsOf: () => 2, cells: 2 } as const;
    expect(means.finish(joined, context)).toEqual(Float64Array.of(2, 6));
  });
});
