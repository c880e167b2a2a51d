import { parseJson } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canFormatV2, formatArrayV2, needsFiltersV2, parseArrayV2 } from "./array-v2.ts";
import { canFormatV3, formatArrayV3 } from "./array-v3.ts";
import { planFillV2 } from "./fill-attribute.ts";

const ARRAY = {
  zarr_format: 2,
  shape: [4, 6],
  chunks: [2, 3],
  dtype: "<f4",
  fill_value: null,
  order: "C",
  filters: null,
  compressor: null,
};

function parse(changes: object, attributes: object = {}): ReturnType<typeof parseArrayV2> {
  return parseArrayV2(
    parseJson(JSON.stringify({ ...ARRAY, ...changes })),
    parseJson(JSON.stringify(attributes)),
  );
}

describe("parseArrayV2", () => {
  it("takes the fill value for _FillValue, as xarray does", () => {
    expect(parse({ fill_value: "NaN" }, { _ARRAY_DIMENSIONS: ["y", "x"], units: "K" })).toEqual({
      encoding: {
        dtype: "float32",
        grid: { shape: [4, 6], chunkShape: [2, 3] },
        fill: Number.NaN,
        codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      },
      dims: ["y", "x"],
      attrs: { units: "K", _FillValue: Number.NaN },
      chunkKeys: { name: "v2", separator: "." },
    });
  });

  it.each([
    ["<f4", 1, 1],
    ["<f4", "1.5", 1.5],
    ["<i4", 0.0, 0],
    ["<i4", "1", 1],
    ["<i8", -5, -5n],
    ["|b1", 0, false],
    ["<c8", [0, 1], [0, 1]],
    ["<c8", 2, [2, 0]],
    ["|S3", "YWI=", Uint8Array.of(97, 98, 0)],
    ["|S3", 0, Uint8Array.of(0, 0, 0)],
    ["<U2", "abc", "ab"],
    ["<U2", 0, ""],
    ["<M8[ns]", "NaT", -(2n ** 63n)],
    ["<m8[10s]", 5, 5n],
    [">i2", 7, 7],
  ])("reads the fill value of %s: %j", (dtype, fill_value, expected) => {
    expect(parse({ dtype, fill_value }).encoding.fill).toEqual(expected);
  });

  it("reads text with its filter", () => {
    const filters = [{ id: "vlen-utf8" }];
    const { encoding } = parse({
      dtype: "|O",
      filters,
      fill_value: "",
      compressor: { id: "zstd", level: 1 },
    });
    expect(encoding).toMatchObject({
      dtype: "string",
      fill: "",
      codecs: [{ name: "vlen-utf8" }, { name: "zstd", configuration: { level: 1, checksum: false } }],
    });
  });

  it("puts order, filters and compressor into the order of Zarr v3", () => {
    const { encoding } = parse({
      dtype: ">i4",
      order: "F",
      filters: [
        { id: "delta", dtype: ">i4", astype: "<i2" },
        { id: "shuffle", elementsize: 2 },
      ],
      compressor: { id: "blosc", cname: "lz4", clevel: 5, shuffle: -1, blocksize: 0 },
    });
    expect(encoding.codecs).toEqual([
      { name: "transpose", configuration: { order: [1, 0] } },
      { name: "numcodecs.delta", configuration: { dtype: ">i4", astype: "<i2" } },
      { name: "bytes", configuration: { endian: "little" } },
      { name: "numcodecs.shuffle", configuration: { elementsize: 2 } },
      {
        name: "blosc",
        configuration: { cname: "lz4", clevel: 5, shuffle: "shuffle", typesize: 2, blocksize: 0 },
      },
    ]);
  });

  it("takes chunks of length 0 of an array without elements for 1", () => {
    expect(parse({ shape: [0, 6], chunks: [0, 6] }).encoding.grid).toEqual({
      shape: [0, 6],
      chunkShape: [1, 6],
    });
  });

  it("reads the dimensions of NetCDF's Zarr", () => {
    expect(parse({ _NCZARR_ARRAY: { dimrefs: ["/y", "/g/x"] } }).dims).toEqual(["y", "x"]);
  });

  it.each([
    [{ dtype: [["a", "<f4"]] }, "unsupported", /"dtype"/],
    [{ dtype: "|V8" }, "unsupported", /"dtype"/],
    [{ dtype: "<f16" }, "unsupported", /"dtype"/],
    [{ dtype: "<M8" }, "unsupported", /a unit/],
    [{ dtype: "|O" }, "unsupported", /vlen-utf8/],
    [{ dtype: "|O", filters: [{ id: "pickle" }] }, "unsupported", /vlen-utf8/],
    [{ dtype: "|f4" }, "upstream", /byte order/],
    [{ dtype: "f4" }, "upstream", /numpy type string/],
    [{ zarr_format: 3 }, "upstream", /zarr_format/],
    [{ zarr_format: { toString: null } }, "upstream", /zarr_format/],
    [{ compressor: { id: "blosc", shuffle: { toString: null } } }, "upstream", /shuffle/],
    [{ filters: [{ id: "shuffle", elementsize: { toString: null } }] }, "upstream", /elementsize/],
    [{ chunks: [0, 3] }, "upstream", /"chunks"/],
    [{ chunks: true }, "upstream", /"chunks"/],
    [{ order: "K" }, "upstream", /"order"/],
    [{ filters: {} }, "upstream", /"filters"/],
    [{ compressor: "zlib" }, "upstream", /"compressor"/],
    [{ fill_value: "x" }, "upstream", /"fill_value"/],
    [{ dtype: "|u1", fill_value: 256 }, "upstream", /"fill_value"/],
    [{ dimension_separator: "-" }, "upstream", /dimension_separator/],
    [{ filters: [{ id: "delta" }] }, "upstream", /"delta.dtype"/],
    [{ filters: [{ id: "delta", dtype: "xx" }] }, "upstream", /dtype must be/],
    [{ filters: [{ id: "astype", encode_dtype: "<f2" }] }, "upstream", /"astype.decode_dtype"/],
    [{ filters: [{ id: "fixedscaleoffset", offset: 0, dtype: "<f4" }] }, "upstream", /scale/],
    [{ filters: [{ id: "quantize", digits: 2, dtype: "<i4" }] }, "upstream", /floats/],
    [{ filters: [{ id: "bitround", keepbits: -1 }] }, "upstream", /keepbits/],
    [{ filters: [{ id: "crc32", location: "middle" }] }, "upstream", /location/],
    [{ filters: [{ id: "vlen-utf8" }] }, "upstream", /"filters"/],
    [{ compressor: { id: "zlib", level: 1, extra: 1 } }, "unsupported", /"extra"/],
  ])("refuses %j", (changes, code, message) => {
    expect(() => parse(changes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });

  it("gives an array or a GatewayError for any JSON", () => {
    const keys = fc.constantFrom(...Object.keys(ARRAY), "dimension_separator");
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), fc.jsonValue(), (changes, attributes) => {
        try {
          parseArrayV2(
            parseJson(JSON.stringify({ ...ARRAY, ...changes })),
            parseJson(JSON.stringify(attributes)),
          );
        } catch (error) {
          expect(error).toMatchObject({ name: "GatewayError" });
        }
      }),
    );
  });
});

describe("what Zarr v2 can say", () => {
  const encodingOf = (codecs: readonly object[]) => ({ ...parse({}).encoding, codecs: codecs as never });
  const bytes = { name: "bytes", configuration: { endian: "little" } };

  it.each([
    ["shards", [{ name: "sharding_indexed", configuration: {} }], false],
    ["a checksum of v3", [bytes, { name: "crc32c", configuration: {} }], false],
    ["a general transpose", [{ name: "transpose", configuration: { order: [0, 2, 1] } }, bytes], false],
    ["column order", [{ name: "transpose", configuration: { order: [1, 0] } }, bytes], true],
    ["gzip", [bytes, { name: "gzip", configuration: { level: 1 } }], true],
    ["plain bytes", [bytes], true],
  ])("%s", (_name, codecs, expected) => {
    expect(canFormatV2(encodingOf(codecs))).toBe(expected);
  });

  it("is filters for a shuffle, which Zarr v3 has no word for", () => {
    const shuffled = encodingOf([
      bytes,
      { name: "numcodecs.shuffle", configuration: { elementsize: 4 } },
      { name: "numcodecs.zlib", configuration: { level: 4 } },
    ]);
    expect(needsFiltersV2(shuffled)).toBe(true);
    expect(canFormatV3(shuffled)).toBe(false);
    expect(formatArrayV2({ encoding: shuffled, dims: ["y", "x"], attrs: {} }).zarray).toMatchObject({
      filters: [{ id: "shuffle", elementsize: 4n }],
      compressor: { id: "zlib", level: 4n },
    });
  });
});

describe("a compressor of v2 in v3", () => {
  it.each([
    [{ id: "gzip", level: -1 }, { level: 6n }],
    [{ id: "gzip", level: 77 }, { level: 9n }],
    [
      { id: "zstd", level: 100 },
      { level: 22n, checksum: false },
    ],
    [
      { id: "blosc", cname: "lz4", clevel: 44, shuffle: 0, blocksize: 0 },
      { cname: "lz4", clevel: 9n, shuffle: "noshuffle", typesize: 4n, blocksize: 0n },
    ],
  ])("has a level that zarr-python takes: %j", (compressor, configuration) => {
    const [, codec] = formatArrayV3(parse({ compressor }))["codecs"] as readonly object[]; // codecs are objects
    expect(codec).toMatchObject({ configuration });
  });

  it("is none of v3 where nobody knows its name", () => {
    expect(canFormatV3(parse({ compressor: { id: "blosc", cname: "brotli" } }).encoding)).toBe(false);
  });
});

describe("planFillV2", () => {
  const attrs = { units: "K", _FillValue: -999n };

  it("makes _FillValue the fill value where missing chunks read the same, or nobody says how", () => {
    const plan = { fillValue: -999, attrs: { units: "K" }, fillsMissingChunks: false };
    expect(planFillV2("int16", -999, attrs)).toEqual(plan);
    expect(planFillV2("int16", null, attrs)).toEqual(plan);
  });

  it("has missing chunks served where they would be taken for missing data", () => {
    expect(planFillV2("int16", 0, attrs)).toEqual({ fillValue: null, attrs, fillsMissingChunks: true });
    expect(planFillV2("int16", 0, {})).toEqual({ fillValue: null, attrs: {}, fillsMissingChunks: true });
    expect(planFillV2("int16", null, {})).toEqual({ fillValue: null, attrs: {}, fillsMissingChunks: false });
  });

  it.each([
    ["int16", 1.5],
    ["uint8", 256n],
    ["float32", 1e20],
    ["float32", "NaN"],
    ["S1", "xy"],
  ] as const)("leaves an attribute that is no %s where it is: %s", (dtype, value) => {
    expect(planFillV2(dtype, null, { _FillValue: value })).toMatchObject({
      fillValue: null,
      attrs: { _FillValue: value },
    });
  });

  it("leaves out what JSON has no number for and no element can be", () => {
    const attributes = { units: "K", _FillValue: Number.NaN };
    expect(planFillV2("int16", null, attributes)).toMatchObject({ fillValue: null, attrs: { units: "K" } });
    expect(planFillV2("int16", 0, attributes).attrs).toEqual({ units: "K" });
    expect(planFillV2("float32", 0, attributes).attrs).toEqual(attributes);
  });

  it("knows NaN, text and bytes again", () => {
    expect(planFillV2("float32", Number.NaN, { _FillValue: Number.NaN }).fillValue).toBeNaN();
    expect(planFillV2("S3", Uint8Array.of(120), { _FillValue: "x" }).fillValue).toEqual(Uint8Array.of(120));
    const notText = parse({ dtype: "|S3", fill_value: "YWL/" });
    expect(formatArrayV2(notText)).toMatchObject({ zarray: { fill_value: "YWL/" }, zattrs: {} });
    expect(planFillV2("U2", "é", { _FillValue: "é" }).fillValue).toBe("é");
    expect(planFillV2("datetime64[ns]", -(2n ** 63n), { _FillValue: -(2n ** 63n) }).fillsMissingChunks).toBe(
      false,
    );
  });
});
