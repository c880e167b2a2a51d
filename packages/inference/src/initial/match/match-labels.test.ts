import { describe, expect, it } from "vitest";
import { labelPositions } from "./match-labels.ts";

const line = (labels: readonly number[], given: readonly number[], isSingle = false) =>
  labelPositions({ labels, isCircular: false }, given, isSingle);
const circle = (labels: readonly number[], given: readonly number[]) =>
  labelPositions({ labels, isCircular: true }, given);
const plain = (positions: Int32Array | undefined) => positions && [...positions];

describe("labelPositions", () => {
  it("finds labels in either order, and in none", () => {
    expect(plain(line([90, 0, -90], [-90, 0, 90]))).toEqual([2, 1, 0]);
    expect(plain(line([1, 2, 3], [2, 3, 1]))).toEqual([2, 0, 1]);
  });

  it("allows a ten thousandth of a step", () => {
    expect(plain(line([0, 0.25, 0.5], [0.00002, 0.25, 0.49998]))).toEqual([0, 1, 2]);
    expect(line([0, 0.25, 0.5], [0.00003, 0.25, 0.5])).toBeUndefined();
    expect(line([0, 0.25, 0.5], [0, Number.NaN, 0.5])).toBeUndefined();
  });

  it("allows what rounding to float32 has changed", () => {
    const labels = Array.from({ length: 3600 }, (_, at) => at / 10);
    const given = labels.map(Math.fround);
    expect(plain(line(labels, given, true))?.at(-1)).toBe(3599);
    expect(line(labels, given)).toBeUndefined();
  });

  it("refuses other numbers of labels, and one label for two", () => {
    expect(line([0, 1], [0, 1, 2])).toBeUndefined();
    expect(line([0, 0.00001, 1], [0, 1, 2])).toBeUndefined();
    expect(line([1, 2, 3], [1, 1, 3])).toBeUndefined();
  });

  it("turns circles of longitude", () => {
    expect(plain(circle([0, 90, 180, 270], [-180, -90, 0, 90]))).toEqual([2, 3, 0, 1]);
    expect(plain(circle([-180, -90, 0, 90], [270, 180, 90, 0]))).toEqual([1, 0, 3, 2]);
    expect(plain(circle([0, 120, 240], [359.999, 119.995, 240]))).toEqual([0, 1, 2]);
    expect(circle([0, 120, 240], [359.9, 120, 240])).toBeUndefined();
    expect(plain(circle([0, 180, 360], [0, 180, 360]))).toEqual([0, 1, 2]);
  });

  it("takes a single label for a step of 1", () => {
    expect(plain(line([5], [5.00005]))).toEqual([0]);
    expect(line([5], [5.001])).toBeUndefined();
  });
});
