import { describe, expect, it } from "vitest";
import { combineLevels, combineOptions } from "./combine-options.ts";
import { datasetsOptions } from "./options.ts";

describe("combine", () => {
  it("is one step or several, from the outermost dimension inwards", () => {
    expect(combineLevels(combineOptions.parse({ along: "time", overlap: "last" }))).toEqual([
      { along: "time", overlap: "last" },
    ]);
    const nested = [{ new: "member", values: { from: "path", pattern: "^(r\\d+)/" } }, { along: "time" }];
    expect(combineLevels(combineOptions.parse(nested))).toEqual([
      { new: "member", values: { kind: "pattern", from: "path", pattern: "^(r\\d+)/" } },
      { along: "time" },
    ]);
    expect(combineLevels(undefined)).toEqual([]);
  });

  it.each([
    [[{ along: "time" }, { new: "member" }], /along comes last/],
    [[{ new: "time" }, { along: "time" }], /is there twice/],
    [
      [
        { new: "a", values: [1] },
        { new: "b", values: [2] },
      ],
      /only one new dimension/,
    ],
    [{ new: "member", values: { from: "name", pattern: "(" } }, /not a regular expression/],
    [{ along: "time", overlap: "both" }, /Invalid input/],
  ])("cannot be %j", (given, message) => {
    expect(() => combineOptions.parse(given)).toThrow(message);
  });

  it("has as many values as there are locations", () => {
    const dataset = { location: ["/a.nc", "/b.nc"], combine: { new: "member", values: [1, 2, 3] } };
    expect(() => datasetsOptions.parse({ datasets: { dataset } })).toThrow(/3 values for 2 locations/);
  });
});
