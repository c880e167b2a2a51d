import { describe, expect, it } from "vitest";
import { acceptedCodings, parseWeights } from "./accept.ts";

describe("acceptedCodings", () => {
  it.each([
    ["gzip, deflate", ["gzip"]],
    ["gzip, deflate, br, zstd", ["br", "zstd", "gzip"]],
    ["gzip;q=1.0, br;q=0.5", ["gzip", "br"]],
    ["br;q=0, gzip", ["gzip"]],
    ["*", []],
    ["gzip, *", ["gzip"]],
    ["*;q=0.1, identity", []],
    ["identity", []],
    ["", []],
    ["gzip;q=bogus", []],
    ["GZIP", ["gzip"]],
  ])("reads %s", (header, codings) => {
    expect(acceptedCodings(header)).toEqual(codings);
  });
  it("takes no header as no wish", () => {
    expect(acceptedCodings(null)).toEqual([]);
  });
});

it("parseWeights keeps the first mention", () => {
  expect([...parseWeights("text/html, application/json;q=0.5, text/html;q=0")]).toEqual([
    ["text/html", 1],
    ["application/json", 0.5],
  ]);
});
