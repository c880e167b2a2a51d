import { describe, expect, it } from "vitest";
import { Instants } from "../../instants.ts";
import { historiesOf } from "./histories.ts";

const HOUR = 3_600_000;
const hours = (...values: number[]): Instants =>
  Instants.of(
    values.map((value) => ({
      day: Math.floor(value / 24),
      nanoseconds: (value - 24 * Math.floor(value / 24)) * HOUR * 1e6,
    })),
  );
const every = (hour: number, length: number): Instants | undefined =>
  Instants.regular({ day: 3, nanoseconds: 0 }, { stepMs: hour * HOUR, length });

/** Initial times, and the positions of their histories. */
function found(instants: Instants | undefined, history: number, stepMs: number) {
  const { times, positionOf } = historiesOf(instants ?? hours(), { history, stepMs });
  const positions = Array.from(times, (_, init) =>
    Array.from({ length: history }, (_step, back) => positionOf(init, back)),
  );
  return { times: [...times], positions };
}

describe("historiesOf", () => {
  it("offers every time where a state has one", () => {
    const { times, positions } = found(hours(0, 5, 6), 1, 6 * HOUR);
    expect(times).toEqual([...hours(0, 5, 6)]);
    expect(positions).toEqual([[0], [1], [2]]);
  });

  it("offers times whose earlier ones are there, across days and gaps", () => {
    const { times, positions } = found(hours(-12, -6, 0, 3, 12, 18, 24), 3, 6 * HOUR);
    expect(times).toEqual([...hours(0, 24)]);
    expect(positions).toEqual([
      [2, 1, 0],
      [6, 5, 4],
    ]);
  });

  it("counts steps that are longer than a day, and shorter than the analysis's", () => {
    expect(found(hours(0, 24, 48, 72), 2, 48 * HOUR).times).toEqual([...hours(48, 72)]);
    expect(found(hours(0, 6, 12), 2, HOUR).times).toEqual([]);
  });

  it("is the same for times that are known to lie one step apart", () => {
    for (const [hour, history, step] of [
      [6, 1, 6],
      [6, 2, 6],
      [3, 3, 6],
      [6, 2, 3],
      [6, 2, 9],
      [24, 2, 48],
      [1, 4, 6],
    ] as const) {
      const regular = every(hour, 12);
      expect(regular?.stepMs).toBe(hour * HOUR);
      const plain = regular && Instants.of(regular);
      expect(found(regular, history, step * HOUR)).toEqual(found(plain, history, step * HOUR));
    }
  });
});
