import { expect, it } from "vitest";
import { formatStep } from "./sizes.ts";

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
