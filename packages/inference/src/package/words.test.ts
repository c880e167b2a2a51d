import { describe, expect, it } from "vitest";
import { stepDuration } from "./step-duration.ts";
import { parseTimeFeature } from "./time-feature.ts";

describe("a duration", () => {
  it.each([
    ["PT6H", 6 * 3.6e6],
    ["P1D", 24 * 3.6e6],
    ["P1DT12H", 36 * 3.6e6],
    ["PT90M", 5.4e6],
    ["PT0.5H", 1.8e6],
    ["PT1H30M15S", 5_415_000],
    ["P1W", 7 * 24 * 3.6e6],
    ["PT0.001S", 1],
  ])("%s has its length", (text, ms) => expect(stepDuration(text)).toBe(ms));

  it.each([
    "",
    "P",
    "PT",
    "P1DT",
    "6h",
    "PT6",
    "P1M",
    "P1Y",
    "-PT6H",
    "PT0S",
    "PT1.5H30M",
    "PT0.0001S",
    `P${"9".repeat(400)}D`,
  ])("%j is none", (text) => expect(stepDuration(text)).toBeUndefined());
});

describe("a feature of time", () => {
  it.each([
    ["hour", { wave: "none", isAngle: false, quantity: "hour", divisor: 1 }],
    ["sin(day/366)", { wave: "sin", isAngle: false, quantity: "day", divisor: 366 }],
    ["cos(2pi*hour/24)", { wave: "cos", isAngle: true, quantity: "hour", divisor: 24 }],
    ["2pi*day/365.25", { wave: "none", isAngle: true, quantity: "day", divisor: 365.25 }],
    [" sin( 2pi * lead / 1e3 ) ", { wave: "sin", isAngle: true, quantity: "lead", divisor: 1000 }],
    ["step", { wave: "none", isAngle: false, quantity: "step", divisor: 1 }],
  ])("%j is understood", (text, feature) => {
    expect(parseTimeFeature(text)).toEqual({ kind: "time", ...feature });
  });

  it.each([
    "",
    "sin",
    "sin()",
    "tan(hour)",
    "hours",
    "hour/0",
    "hour/-1",
    "hour*2",
    "sin(hour",
    "pi*hour",
    "hour/24/2",
    "sin(cos(hour))",
    "hour/1e999",
    "constructor",
  ])("%j is none", (text) => expect(parseTimeFeature(text)).toBeUndefined());
});
