import { describe, expect, it } from "vitest";
import { conversionBetween, parseUnit } from "./conversion.ts";

function converted(value: number, from: string, to: string): number | undefined {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  const conversion = a && b && conversionBetween(a, b);
  return conversion && value * conversion.factor + conversion.offset;
}

describe("conversions of units", () => {
  it.each([
    [273.15, "K", "degC", 0],
    [25, "degrees_Celsius", "K", 298.15],
    [212, "degF", "celsius", 100],
    [101_325, "Pa", "hPa", 1013.25],
    [1000, "millibars", "kPa", 100],
    [10, "m s-1", "km/h", 36],
    [10, "m s**-1", "knots", 19.438444924406],
    [1, "m/s", "m s^-1", 1],
    [1e-5, "kg m-2 s-1", "mm day-1", 0.864],
    [1, "mm/day", "kg m-2 s-1", 1 / 86_400],
    [0.5, "m", "mm", 500],
    [98_066.5, "m2 s-2", "gpm", 10_000],
    [86_400, "J m-2", "W m-2 day", 1],
    [0.42, "1", "%", 42],
    [35, "psu", "1e-3", 35],
    [2, "umol m-2 s-1", "mol m-2 s-1", 2e-6],
    [1, "kilogram", "g", 1000],
    [1, "Gt yr-1", "kg s-1", 1e12 / (365.242198781 * 86_400)],
    [1, "m3 s-1", "Sv", 1e-6],
    [180, "degrees", "radians", Math.PI],
    [1, "kWh", "MJ", 3.6],
  ])("%d %s in %s is %d", (value, from, to, expected) => {
    expect(converted(value, from, to)).toBeCloseTo(expected, 10);
  });

  it.each([
    "",
    "blah",
    "m s-",
    "K/degC",
    "days since 1850-01-01",
    "m//s",
    "(m)",
    "__proto__",
    "constructor",
    "1/0x",
  ])("%j is no unit", (text) => {
    expect(parseUnit(text)).toBeUndefined();
  });

  it.each([
    ["K", "Pa"],
    ["m s-1", "m s-2"],
    ["kg", "m"],
    ["kg m-2", "m2"],
  ])("%s is not converted to %s", (from, to) => {
    expect(converted(1, from, to)).toBeUndefined();
  });
});
