import { expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

it("counts in each bucket all that the smaller ones have", () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 9]) histogram.add(value);
  const numbers = histogram.values("x", { forecast: "a" });
  expect(numbers.map(({ metricName, labels, value }) => [metricName, labels["le"], value])).toEqual([
    ["x_bucket", "1", 2],
    ["x_bucket", "2", 3],
    ["x_bucket", "+Inf", 4],
    ["x_sum", undefined, 12],
    ["x_count", undefined, 4],
  ]);
  expect(numbers.every(({ labels }) => labels["forecast"] === "a")).toBe(true);
});
