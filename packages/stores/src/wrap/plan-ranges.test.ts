import fc from "fast-check";
import { expect, it } from "vitest";
import { planRanges } from "./plan-ranges.ts";

const ranges = fc.array(fc.record({ offset: fc.nat(2000), length: fc.nat(300) }), { maxLength: 30 });
const limits = fc.record({ maxGapBytes: fc.nat(200), maxReadBytes: fc.nat(1000) });

it("covers every range exactly once, inside its read, in few and bounded reads", () => {
  fc.assert(
    fc.property(ranges, limits, (wanted, bounds) => {
      const reads = planRanges(wanted, bounds);
      const parts = reads.flatMap((read) => read.parts.map((part) => ({ read, part })));
      expect(parts.map(({ part }) => part.position).sort((a, b) => a - b)).toEqual(wanted.map((_, n) => n));
      for (const { read, part } of parts) {
        expect({ offset: read.offset + part.offset, length: part.length }).toEqual(wanted[part.position]);
        expect(part.offset + part.length).toBeLessThanOrEqual(read.length);
      }
      for (const read of reads) {
        const longest = Math.max(...read.parts.map(({ length }) => length));
        expect(read.length).toBeLessThanOrEqual(Math.max(bounds.maxReadBytes, longest));
      }
    }),
  );
});

it("joins what overlaps or lies within the gap, and nothing else", () => {
  const bounds = { maxGapBytes: 2, maxReadBytes: 100 };
  const joined = (...wanted: { offset: number; length: number }[]): number[][] =>
    planRanges(wanted, bounds).map(({ offset, length }) => [offset, length]);
  expect(joined({ offset: 5, length: 5 }, { offset: 0, length: 6 })).toEqual([[0, 10]]);
  expect(joined({ offset: 0, length: 1 }, { offset: 3, length: 1 })).toEqual([[0, 4]]);
  expect(joined({ offset: 0, length: 1 }, { offset: 4, length: 1 })).toEqual([
    [0, 1],
    [4, 1],
  ]);
  expect(joined({ offset: 0, length: 500 }, { offset: 10, length: 5 })).toEqual([[0, 500]]);
});
