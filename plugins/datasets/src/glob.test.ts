import { describe, expect, it } from "vitest";
import { compileGlob, isGlob, splitGlob } from "./glob.ts";

describe("compileGlob", () => {
  it.each([
    ["*.nc", "a.nc", true],
    ["*.nc", "b/a.nc", false],
    ["**/*.nc", "a.nc", true],
    ["**/*.nc", "b/c/a.nc", true],
    ["**/*.{nc,zarr}", "b/a.zarr", true],
    ["**/*.{nc,zarr}", "b/a.grib", false],
    ["b/**", "b/c/a.nc", true],
    ["tas_?_[0-9]*.nc", "tas_x_2001.nc", true],
    ["tas_[!0-9].nc", "tas_a.nc", true],
    ["tas_[!0-9].nc", "tas_1.nc", false],
    ["a+b(c).nc", "a+b(c).nc", true],
    ["a.nc", "abnc", false],
    ["{a,b{c,d}}.nc", "bd.nc", true],
    ["a,b.nc", "a,b.nc", true],
    ["Grüße*.nc", "Grüße 1.nc", true],
    ["./a.nc", "a.nc", true],
    ["{a", "a", true],
    ["[", "[", true],
  ])("%s on %s: %s", (pattern, path, isMatch) => {
    expect(compileGlob(pattern)(path)).toBe(isMatch);
  });
});

describe("splitGlob", () => {
  it("parts the folder from the pattern below it", () => {
    expect(splitGlob("/data/x/**/*.nc")).toEqual({ base: "/data/x", match: "**/*.nc" });
    expect(splitGlob("/*.nc")).toEqual({ base: "/", match: "*.nc" });
    expect(isGlob("/data/a.nc")).toBe(false);
  });
});
