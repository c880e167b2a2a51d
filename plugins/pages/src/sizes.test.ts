import { expect, it } from "vitest";
import { formatLength, formatStep } from "./sizes.ts";

it.each([
  ["PT6H", "6 hours"],
  ["P1M", "month"],
  ["P1D", "day"],
  ["P1DT12H", "1 day 12 hours"],
  ["PT0.5S", "0.5 seconds"],
  ["every now and then", "every now and then"],
])("%s is %s", (duration, words) => {
  expect(formatStep(duration)).toBe(words);
});

it.each([
  ["P10D", "10 days"],
  ["P1D", "1 day"],
  ["PT1H30M", "1 hour 30 minutes"],
  ["-PT6H", "-PT6H"],
])("%s is as long as %s", (duration, words) => {
  expect(formatLength(duration)).toBe(words);
});
