import { decodeInstant, timeCodingOf, type Variable } from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantSource } from "../constant-source.ts";
import { coordinateLabels } from "./coordinate-labels.ts";

function coordinate(
  values: Float64Array | BigInt64Array | Uint8Array | string[],
  attrs: Variable["attrs"] = {},
  dtype: Variable["source"]["dtype"] = "float64",
): Variable {
  const units = dtype === "U3" ? 12 : dtype === "S3" ? 3 : 1;
  const shape = [values.length / units];
  return { name: "c", dims: ["c"], attrs, source: constantSource({ dtype, fill: null, shape, values }) };
}

describe("coordinateLabels", () => {
  it("decodes times of every unit and calendar as decodeInstant does", async () => {
    const units = ["days", "hours", "minutes", "seconds", "milliseconds", "weeks"].flatMap((unit) => [
      `${unit} since 1850-01-01`,
      `${unit} since 2000-02-29 12:34:56.789`,
    ]);
    const value = fc.oneof(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.double({ min: -1e7, max: 1e7, noNaN: true }),
      fc.constant(Number.NaN),
      fc.constant(1e30),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...units),
        fc.constantFrom("standard", "noleap", "360_day", "julian"),
        fc.array(value, { minLength: 1 }),
        async (unit, calendar, numbers) => {
          const attrs = { units: unit.replace("02-29", calendar === "noleap" ? "02-28" : "02-29"), calendar };
          const coding = timeCodingOf(attrs);
          const labels = await coordinateLabels(coordinate(Float64Array.from(numbers), attrs));
          if (labels.kind !== "instants" || coding === undefined) throw new Error("no times");
          for (const [at, number] of numbers.entries()) {
            const expected = decodeInstant(coding, number) ?? { day: Number.NaN, nanoseconds: Number.NaN };
            expect({ day: labels.days[at], nanoseconds: labels.nanoseconds[at] }).toEqual(expected);
          }
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });

  it("gives numbers as a client sees them, exact integers, and text of any form", async () => {
    const packed = coordinate(Float64Array.of(1, 2, -9), {
      scale_factor: 0.5,
      add_offset: 10,
      _FillValue: -9,
    });
    expect(await coordinateLabels(packed)).toEqual({
      kind: "numbers",
      dtype: "float64",
      values: Float64Array.of(10.5, 11, Number.NaN),
    });
    const exact = BigInt64Array.of(2n ** 60n + 1n, -3n);
    expect(await coordinateLabels(coordinate(exact, {}, "int64"))).toEqual({
      kind: "integers",
      values: exact,
    });
    expect(await coordinateLabels(coordinate(["a", "ü"], {}, "string"))).toEqual({
      kind: "strings",
      values: ["a", "ü"],
    });
    expect(await coordinateLabels(coordinate(Uint8Array.of(97, 98, 0, 99, 0, 0), {}, "S3"))).toEqual({
      kind: "strings",
      values: ["ab", "c"],
    });
    const wide = new Uint8Array(new Uint32Array([0x61, 0x1f600, 0]).buffer);
    expect(await coordinateLabels(coordinate(wide, {}, "U3"))).toEqual({
      kind: "strings",
      values: ["a\u{1f600}"],
    });
    const times = await coordinateLabels(
      coordinate(BigInt64Array.of(0n, -(2n ** 63n), 36n), {}, "datetime64[h]"),
    );
    expect(times).toEqual({
      kind: "instants",
      calendar: "proleptic_gregorian",
      days: Float64Array.of(0, Number.NaN, 1),
      nanoseconds: Float64Array.of(0, Number.NaN, 43_200e9),
    });
  });

  it("refuses what has two dimensions or holds no labels", async () => {
    const two = { ...coordinate(Float64Array.of(1)), dims: ["y", "x"] };
    await expect(coordinateLabels(two)).rejects.toThrow(/"c" has 2 dimensions \(y, x\)/);
    const complex = {
      ...coordinate(Float64Array.of(1, 2)),
      source: { ...coordinate(Float64Array.of(1)).source, dtype: "complex128" as const },
    };
    await expect(coordinateLabels(complex)).rejects.toThrow(/complex numbers/);
  });
});
