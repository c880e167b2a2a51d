import { describe, expect, it } from "vitest";
import { viewChain, viewStepsOf } from "./view-steps.ts";

describe("the page of a view", () => {
  it("knows the steps, and which at sign begins one", () => {
    expect(viewStepsOf("air@sel(lat=20:70)@mean(time)")).toEqual({
      base: "air",
      steps: ["sel(lat=20:70)", "mean(time)"],
    });
    expect(viewStepsOf("a@minus(b@mean(time))@round(10)")?.steps).toEqual([
      "minus(b@mean(time))",
      "round(10)",
    ]);
    expect(viewStepsOf("air")).toBeUndefined();
    expect(viewStepsOf("@mean")).toBeUndefined();
  });

  it("links the dataset and every state between, escaped", () => {
    const text = viewChain("air@isel(time=::7)@mean(lat,lon)", "../")?.text ?? "";
    expect(text).toContain('href="../air/"');
    expect(text).toContain('href="../air@isel(time=%3A%3A7)/"');
    expect(text).toContain("mean over lat, lon");
    expect(text).toContain('<span aria-current="page"><code>mean(lat,lon)</code></span>');
  });

  it("stays inert whatever the steps are", () => {
    const text = viewChain('a@<img src="x" onerror=1>@constructor(x)@))((@', "../")?.text ?? "";
    expect(text).not.toContain("<img");
    expect(text).not.toContain("function");
  });
});
