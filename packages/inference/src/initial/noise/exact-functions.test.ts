import { describe, expect, it } from "vitest";
import { cosineAndSine, exponentialDecay } from "./exact-functions.ts";

describe("cosineAndSine", () => {
  it("are those of Math to the last bits, and exact at quarters", () => {
    for (let degrees = -720; degrees <= 720; degrees += 0.37) {
      const { cosine, sine } = cosineAndSine(degrees);
      const angle = (degrees * Math.PI) / 180;
      expect(Math.abs(cosine - Math.cos(angle))).toBeLessThan(4e-15);
      expect(Math.abs(sine - Math.sin(angle))).toBeLessThan(4e-15);
    }
    expect([0, 90, 180, 270, -90].map((degrees) => cosineAndSine(degrees).cosine + 0)).toEqual([
      1, 0, -1, 0, 0,
    ]);
    expect([0, 90, 180, 270, -90].map((degrees) => cosineAndSine(degrees).sine + 0)).toEqual([
      0, 1, 0, -1, -1,
    ]);
  });
});

describe("exponentialDecay", () => {
  it("is that of Math to the last bits", () => {
    for (let x = 0; x < 30; x += 0.13) {
      expect(Math.abs(exponentialDecay(x) / Math.exp(-x) - 1)).toBeLessThan(1e-13);
    }
  });
});
