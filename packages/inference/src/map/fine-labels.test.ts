import { expect, it } from "vitest";
import { fineLabels } from "./fine-labels.ts";

it("finer labels are the middles of equal parts of cells", () => {
  expect(fineLabels([0, 4, 8], 2)).toEqual([-1, 1, 3, 5, 7, 9]);
  expect(fineLabels([8, 4], 4)).toEqual([9.5, 8.5, 7.5, 6.5, 5.5, 4.5, 3.5, 2.5]);
  expect(fineLabels([3, 5], 1)).toEqual([3, 5]);
});

it("finer labels follow unequal distances", () => {
  expect(fineLabels([0, 2, 6], 2)).toEqual([-0.5, 0.5, 1.75, 3.25, 5, 7]);
});

it("finer labels end at the poles", () => {
  expect(fineLabels([90, 88], 2, [-90, 90])).toEqual([89.75, 89.25, 88.5, 87.5]);
});

it("a single label is one of many that lie 1 apart", () => {
  expect(fineLabels([7], 2)).toEqual([6.75, 7.25]);
});
