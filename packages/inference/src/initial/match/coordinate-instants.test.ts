import {
  type Calendar,
  decodeInstant,
  type Instant,
  parseTimeUnits,
  type Values,
} from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { coordinate } from "../testing/analysis.ts";
import { coordinateInstants } from "./coordinate-instants.ts";

const CALENDARS = ["standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day"] as const;

async function read(
  values: Exclude<Values, readonly string[]>,
  units: string,
  calendar: Calendar = "standard",
) {
  const found = await coordinateInstants(coordinate("time", values, { units, calendar }), {});
  if (found?.instants === undefined) throw new Error(`${found?.missing} missing`);
  const coding = parseTimeUnits(units, calendar);
  const expected = Array.from<number | bigint, Instant | undefined>(values, (value) => {
    const instant = coding && decodeInstant(coding, value);
    if (instant === undefined) return undefined;
    const nanoseconds = Math.round(instant.nanoseconds / 1e6) * 1e6;
    return nanoseconds < 86_400e9 ? { ...instant, nanoseconds } : { day: instant.day + 1, nanoseconds: 0 };
  });
  expect([...found.instants]).toEqual(expected);
  return found.instants;
}

const numbers = (first: number, step: number, length = 50): number[] =>
  Array.from({ length }, (_, at) => first + at * step);
const wide = (first: bigint, step: bigint, length = 50): BigInt64Array =>
  BigInt64Array.from({ length }, (_, at) => first + BigInt(at) * step);

describe("coordinateInstants", () => {
  it("knows times one step apart by the first and the step, in every calendar", async () => {
    for (const calendar of CALENDARS) {
      const hours = await read(Int32Array.from(numbers(-60, 6)), "hours since 1582-10-03", calendar);
      expect(hours.stepMs).toBe(6 * 3_600_000);
      const days = await read(
        Float64Array.from(numbers(57.5, 0.25)),
        "days since 1850-01-01 06:00",
        calendar,
      );
      expect(days.stepMs).toBe(6 * 3_600_000);
    }
    expect((await read(Float32Array.from(numbers(0, 2)), "weeks since 2000-01-01")).stepMs).toBe(
      1_209_600_000,
    );
    expect((await read(Uint8Array.from(numbers(0, 1)), "months since 2000-01-01", "360_day")).stepMs).toBe(
      30 * 86_400_000,
    );
  });

  it("knows them of 64-bit integers, also beyond what floating point holds and around the reference", async () => {
    const hour = 3_600_000_000_000n;
    for (const first of [-5n * hour, 1_700_000_000_000_000_123n, -(2n ** 62n), 2n ** 32n - 7n]) {
      expect((await read(wide(first, hour), "nanoseconds since 1970-01-01")).stepMs).toBe(3_600_000);
    }
    expect((await read(wide(-3n, 1n), "hours since 1970-01-01")).stepMs).toBe(3_600_000);
    const unsigned = BigUint64Array.from([0xffff_fffen, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n]);
    expect((await read(unsigned, "seconds since 1970-01-01")).stepMs).toBe(1000);
  });

  it("takes others one by one", async () => {
    const jump = wide(0n, 6n);
    jump[40] = 241n;
    const irregular = [
      await read(jump, "hours since 1970-01-01"),
      await read(Int16Array.of(0, 6, 12, 19), "hours since 1970-01-01"),
      await read(Int16Array.of(12, 6, 0), "hours since 1970-01-01"),
      await read(Int16Array.of(6, 6, 6), "hours since 1970-01-01"),
      await read(Int16Array.of(0, 6), "hours since 1970-01-01"),
      await read(Float64Array.from(numbers(60_000, 1 / 24)), "days since 1850-01-01"),
      await read(Float64Array.from(numbers(0.00048828125, 1)), "seconds since 1970-01-01"),
      await read(wide(0n, 1000n), "nanoseconds since 1970-01-01"),
    ];
    expect(irregular.map(({ stepMs }) => stepMs)).toEqual(irregular.map(() => undefined));
  });

  it("counts what is no time", async () => {
    const absent = wide(-(2n ** 63n), 3_600_000_000_000n);
    const units = { units: "nanoseconds since 1970-01-01" };
    expect((await coordinateInstants(coordinate("time", absent, units), {}))?.missing).toBe(1);
    const none = Float64Array.of(Number.NaN, 1, 2);
    expect((await coordinateInstants(coordinate("time", none, units), {}))?.missing).toBe(1);
    expect(await coordinateInstants(coordinate("x", none, { units: "m" }), {})).toBeUndefined();
  });

  it("refuses what lies too far apart to be counted exactly", async () => {
    const far = Float64Array.of(0, 1, 2e8);
    const found = await coordinateInstants(coordinate("time", far, { units: "days since 2000-01-01" }), {});
    expect(found).toEqual({ calendar: "standard", instants: undefined, missing: 0 });
    const distant = await read(Float64Array.of(3e8, 3e8 + 1, 3e8 + 2), "days since 2000-01-01");
    expect(distant.stepMs).toBe(86_400_000);
  });
});
