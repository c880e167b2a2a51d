import { describe, expect, it } from "vitest";
import { labelAxis } from "./label-axis.ts";
import { lengthOfTime } from "./length-of-time.ts";

const HOUR_NANOSECONDS = 3_600_000_000_000n;

describe("a length of time", () => {
  it("is told as pandas and ISO 8601 write it", () => {
    const texts = ["36h", "1.5d", "1.5 D", "90min", "PT36H", "P1DT12H", "-PT30M", "2500ms", "PT2.5S"];
    const hours = [36, 36, 36, 1.5, 36, 36, -0.5, 2500 / 3_600_000, 2500 / 3_600_000];
    expect(texts.map((text) => (lengthOfTime(text) ?? Number.NaN) / 3_600_000)).toEqual(hours);
  });
  it("is nothing else", () => {
    for (const text of ["", "h", "36", "P", "PT", "P1M", "P1Y", "36hh", "1e3h", "36 h ", "__proto__"])
      expect([text, lengthOfTime(text)]).toEqual([text, undefined]);
  });
});

describe("labels of lead times", () => {
  const leads = { kind: "integers", values: BigInt64Array.of(0n, 12n, 36n) } as const;
  it("are numbers, or lengths of time where the coordinate has a unit of time", () => {
    const axis = labelAxis(leads, HOUR_NANOSECONDS);
    for (const label of ["36", "36h", "1.5d", "PT36H"]) {
      const { first = Number.NaN } = axis.meaning(label) ?? {};
      expect([label, axis.compare(axis.valueAt(2), first)]).toEqual([label, 0]);
    }
    expect(axis.meaning("soon")).toBeUndefined();
    expect(axis.expected).toBe("a number, or a length of time such as 36h");
  });
  it("are numbers alone where it has none", () => {
    expect(labelAxis(leads).meaning("36h")).toBeUndefined();
  });
  it("may be fractions of the unit", () => {
    const axis = labelAxis(
      { kind: "numbers", dtype: "float64", values: Float64Array.of(0, 0.25) },
      24n * HOUR_NANOSECONDS,
    );
    expect(axis.meaning("6h")).toEqual({ first: 0.25, last: 0.25, isExact: true });
  });
});
