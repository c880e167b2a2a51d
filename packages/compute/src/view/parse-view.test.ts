import { isGatewayError } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "./operations.ts";
import { parseCalls } from "./parse-calls.ts";
import { parseView } from "./parse-view.ts";

describe("parseView", () => {
  it.each([
    ["sel(lon=-45:65,lat=20:70)", "sel(lat=20:70,lon=-45:65)"],
    ["sel( lat = 20.0 : 70 )", "sel(lat=20 : 70)"],
    ["sel(lat=20.0:7e1)", "sel(lat=20:70)"],
    ["isel(time=+0)", "isel(time=0)"],
    ["isel(time=[1,2])", "isel(time=1;2)"],
    ["isel(time=[3])", "isel(time=[3])"],
    ["isel(time=-0:10:1)", "isel(time=0:10)"],
    ["sel(time=2013-01-01 06:00:2013-01-02T00Z)", "sel(time=2013-01-01T06:00:2013-01-02T00)"],
    ['sel(station="Ams, NL")', 'sel(station="Ams, NL")'],
    ['sel(station="Ams")', "sel(station=Ams)"],
    ['sel(station="20.0")', 'sel(station="20.0")'],
    ["sel(station=007)", "sel(station=007)"],
    ["vars(tas,pr,tas)", "vars(pr,tas)"],
    ["chunk(lon=64,time=-1)@round(10)", "chunk(lon=64,time=-1)@round(10)"],
  ])("prints %s as %s", (text, canonical) => {
    const { text: printed } = parseView(text);
    expect(printed.replaceAll(" : ", ":")).toBe(canonical.replaceAll(" : ", ":"));
    expect(parseView(printed).text).toBe(printed);
  });

  it("reads every example of every operation, and again what it prints", () => {
    for (const { examples, name } of OPERATIONS) {
      expect(examples.length, name).toBeGreaterThan(0);
      for (const example of examples) {
        const { text } = parseView(example);
        expect(parseView(text).text).toBe(text);
      }
    }
  });

  it.each([
    ["", /expected the name of an operation.*position 0/],
    ["mean", /expected "\(" after "mean".*position 4/],
    ["sel(lat=20", /expected "\)" that ends "sel\(".*position 10/],
    ["sel(lat=20))", /expected "@" or the end after a step.*position 11/],
    ["sel(lat=20)@", /expected the name of an operation.*position 12/],
    ["sel(lat=20)@@isel(x=0)", /expected the name of an operation.*position 12/],
    ["isal(time=0)", /there is no operation "isal", did you mean "isel"\?.*position 0/],
    ["sel(lat=20)@isal(time=0)", /position 12/],
    ["sel(lat)", /expected a name and "=".*position 4/],
    ["sel(lat=)", /expected a value after "lat=".*position 8/],
    ["sel(=5)", /expected a name before "=".*position 4/],
    ["sel(lat=1,lat=2)", /"lat" is given twice.*position 10/],
    ["sel(lat=1,)", /expected an argument.*position 10/],
    ["sel()", /"sel" needs an argument.*position 0/],
    ["isel(time=one)", /expected a position.*not "one".*position 10/],
    ["isel(time=1:2:0)", /a step other than 0.*position 14/],
    ["isel(time=1:2:3:4)", /a step.*position 14/],
    ["isel(time=1.5)", /position 11/],
    ["isel(time=99999999999999999999)", /expected a position/],
    ["sel(lat=1:2:x)", /a step such as.*position 12/],
    ['sel(lat="20)', /quotes are not closed.*position 8/],
    ["sel(lat=(20)", /expected "\)"/],
    ["sel(lat=(20])", /expected "\)"/],
    ["sel(lat=20])", /closes nothing/],
    ["nearest(lat=1:2)", /ranges are for "sel".*position 12/],
    ["chunk(time=0)", /number of elements.*position 11/],
    ["chunk(time=1e3)", /number of elements/],
    ["round(99)", /bits from 0 to 52/],
    ["round(10,11)", /takes one number/],
    ["__proto__(time)", /expected the name/],
    ["constructor(time)", /there is no operation "constructor"/],
    ["toString()", /there is no operation "toString"/],
    [`${"isel(x=0)@".repeat(16)}isel(x=0)`, /at most 16 steps/],
    [`vars(${"a".repeat(2000)})`, /at most 2000 characters/],
    [`isel(x=${"0;".repeat(990)}0)`, undefined],
    [`vars(${Array.from({ length: 65 }, (_, at) => `v${at}`).join(",")})`, /at most 64 arguments/],
    [`sel(x=${"(".repeat(40)}${")".repeat(40)})`, /too many parentheses/],
  ])("refuses %j with its position", (text, message) => {
    if (message === undefined) expect(() => parseView(text)).not.toThrow();
    else expect(() => parseView(text)).toThrow(message);
  });

  it("takes any text in a moment, and answers with a position or a view that is its own canonical form", () => {
    const piece = fc.constantFrom(
      ...'@(),=:;[]"'.split(""),
      "sel",
      "isel",
      "mean",
      "time",
      "lat",
      "-1",
      "2013-01",
      "__proto__",
      "constructor",
      "\u{1f600}",
      " ",
      "20.5",
      "2013-01-01T06:00",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        try {
          const view = parseView(text);
          expect(parseView(view.text).text).toBe(view.text);
        } catch (error) {
          if (!isGatewayError(error)) throw error;
          expect(error.code).toBe("invalid_request");
          expect(error.details["position"]).toBeTypeOf("number");
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});

describe("parseCalls", () => {
  it("keeps commas, equals signs and @ inside parentheses, with the positions of all parts", () => {
    expect(parseCalls("let(wind=sqrt(u*u,v),b=1)@minus(other@mean(time))")).toEqual([
      {
        name: "let",
        at: 0,
        arguments: [
          { key: "wind", at: 4, value: "sqrt(u*u,v)", valueAt: 9 },
          { key: "b", at: 21, value: "1", valueAt: 23 },
        ],
      },
      {
        name: "minus",
        at: 26,
        arguments: [{ key: undefined, at: 32, value: "other@mean(time)", valueAt: 32 }],
      },
    ]);
  });
});
