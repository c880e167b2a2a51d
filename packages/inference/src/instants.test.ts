import { describe, expect, it } from "vitest";
import { Instants } from "./instants.ts";

const HOUR = 3_600_000;
const hour = (number: number) => ({
  day: Math.floor(number / 24),
  nanoseconds: (((number % 24) + 24) % 24) * HOUR * 1e6,
});

describe("Instants", () => {
  it("are made for who asks for one, and undefined outside", () => {
    const all = Instants.of([-25, 0, 7, 60].map(hour));
    expect([...all]).toEqual([-25, 0, 7, 60].map(hour));
    expect([-1, 4, 0.5 * Number.NaN].map((position) => all.at(position))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([...Instants.of([])]).toEqual([]);
  });

  it("are cut, picked and moved", () => {
    const plain = Instants.of([0, 6, 12, 18].map(hour));
    const regular = Instants.regular(hour(0), { stepMs: 6 * HOUR, length: 4 });
    for (const all of [plain, regular]) {
      expect([...(all?.slice(1, 3) ?? [])]).toEqual([6, 12].map(hour));
      expect([...(all?.slice(9) ?? [1])]).toEqual([]);
      expect([...(all?.picked(Int32Array.of(3, 0)) ?? [])]).toEqual([18, 0].map(hour));
      expect([...(all?.shifted(-3_600_000_000_001n) ?? [])]).toEqual([-1, 5, 11, 17].map(hour));
      expect(all?.since(2, plain, 1)).toBe(6 * HOUR);
    }
  });

  it("are whole in units from the time of a day on", () => {
    const plain = Instants.of([1, 7, 13].map(hour));
    const regular = Instants.regular(hour(1), { stepMs: 6 * HOUR, length: 3 });
    for (const all of [plain, regular]) {
      expect(all?.areWhole(HOUR, 0)).toBe(true);
      expect(all?.areWhole(6 * HOUR, 0)).toBe(false);
      expect(all?.areWhole(6 * HOUR, HOUR * 1e6)).toBe(true);
      expect(all?.areWhole(24 * HOUR, HOUR * 1e6)).toBe(false);
      expect(all?.areWhole(1, 1)).toBe(false);
    }
  });

  it("are refused where they lie too far apart", () => {
    expect(() => Instants.of([hour(0), { day: 2e8, nanoseconds: 0 }])).toThrow("too far apart");
    expect(Instants.regular(hour(0), { stepMs: 2 ** 40, length: 2 ** 14 })).toBeUndefined();
  });
});
