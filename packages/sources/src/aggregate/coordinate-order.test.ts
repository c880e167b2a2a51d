import { describe, expect, it } from "vitest";
import { orderByCoordinate } from "./coordinate-order.ts";

const part = (label: string, ...values: number[]) => ({ label, values });

describe("the order of files", () => {
  it("is that of their coordinate, rising or falling", async () => {
    expect(await orderByCoordinate([part("b", 3, 4), part("a", 1, 2)], "time", undefined)).toEqual({
      order: [1, 0],
      starts: [0, 0],
      lengths: [2, 2],
    });
    expect(await orderByCoordinate([part("b", 2, 1), part("a", 4, 3)], "time", undefined)).toMatchObject({
      order: [1, 0],
    });
  });

  it("takes a file of one value and an empty one as they come", async () => {
    const order = await orderByCoordinate(
      [part("none"), part("one", 9), part("falling", 8, 7)],
      "time",
      undefined,
    );
    expect(order).toEqual({ order: [1, 2, 0], starts: [0, 0, 0], lengths: [1, 2, 0] });
  });

  it("cuts the later file with overlap: first and the earlier one with overlap: last", async () => {
    const parts = [part("a", 1, 2, 3, 4), part("inside", 2, 3), part("b", 3, 4, 5)];
    expect(await orderByCoordinate(parts, "time", "first")).toMatchObject({
      starts: [0, 2, 2],
      lengths: [4, 0, 1],
    });
    expect(await orderByCoordinate(parts, "time", "last")).toMatchObject({
      starts: [0, 0, 0],
      lengths: [1, 1, 3],
    });
  });

  it("is refused for what overlaps, is unsorted, goes both ways or has gaps, naming the files", async () => {
    const refused = (...parts: { label: string; values: number[] }[]) =>
      orderByCoordinate(parts, "time", undefined);
    await expect(refused(part("a", 1, 3), part("b", 2, 4))).rejects.toThrow(/"a" and "b" overlaps/);
    await expect(refused(part("a", 1, 9), part("b", 2, 3), part("c", 5, 6))).rejects.toThrow(
      /"a" and "b" overlaps/,
    );
    await expect(refused(part("a", 1, 3, 2))).rejects.toThrow(/"a" is not sorted/);
    await expect(refused(part("a", 1, 1))).rejects.toThrow(/"a" is not sorted/);
    await expect(refused(part("a", 1, 2), part("b", 4, 3))).rejects.toThrow(/"a" and "b"/);
    await expect(refused(part("a", 1, Number.NaN))).rejects.toThrow(/missing values/);
  });
});
