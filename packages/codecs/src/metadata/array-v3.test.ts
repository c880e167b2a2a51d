import { parseJson } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canFormatV3, canPassV3, formatArrayV3, parseArrayV3 } from "./array-v3.ts";

const ARRAY = {
  zarr_format: 3,
  node_type: "array",
  shape: [4, 6],
  data_type: "float32",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 3] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 0.5,
  codecs: [{ name: "bytes", configuration: { endian: "little" } }],
};

function parse(changes: object): ReturnType<typeof parseArrayV3> {
  return parseArrayV3(parseJson(JSON.stringify({ ...ARRAY, ...changes })));
}

describe("parseArrayV3", () => {
  it("reads what a minimal document leaves out", () => {
    expect(parse({ chunk_key_encoding: "v2" })).toEqual({
      encoding: {
        dtype: "float32",
        grid: { shape: [4, 6], chunkShape: [2, 3] },
        fill: 0.5,
        codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      },
      dims: [null, null],
      attrs: {},
      chunkKeys: { name: "v2", separator: "." },
    });
  });

  it.each([
    ["float32", "0x7fc00000", Number.NaN],
    ["float32", "-Infinity", Number.NEGATIVE_INFINITY],
    ["float16", "0x3e00", 1.5],
    ["float64", "0x3ff8000000000000", 1.5],
    ["float32", 1e20, Math.fround(1e20)],
    ["int32", -7, -7],
    ["int64", 7, 7n],
    ["bool", true, true],
    ["complex64", [1, "NaN"], [1, Number.NaN]],
    ["string", "x", "x"],
    [{ name: "fixed_length_utf32", configuration: { length_bytes: 8 } }, "ab", "ab"],
    [{ name: "null_terminated_bytes", configuration: { length_bytes: 3 } }, "YWI=", Uint8Array.of(97, 98, 0)],
    ["r16", [1, 2], Uint8Array.of(1, 2)],
    [{ name: "numpy.datetime64", configuration: { unit: "ns", scale_factor: 1 } }, "NaT", -(2n ** 63n)],
    [{ name: "numpy.timedelta64", configuration: { unit: "s", scale_factor: 10 } }, 7, 7n],
  ])("reads the fill value of %j: %j", (data_type, fill_value, expected) => {
    const codecs = [data_type === "string" ? "vlen-utf8" : "bytes"];
    expect(parse({ data_type, fill_value, codecs }).encoding.fill).toEqual(expected);
  });

  it("keeps uint64 exact", () => {
    const text = JSON.stringify({ ...ARRAY, data_type: "uint64" }).replace("0.5", "18446744073709551615");
    expect(parseArrayV3(parseJson(text)).encoding.fill).toBe(2n ** 64n - 1n);
  });

  it("reads xarray's coded _FillValue as a value", () => {
    expect(parse({ attributes: { _FillValue: "AAAAAAAA+H8=" } }).attrs).toEqual({ _FillValue: Number.NaN });
    expect(parse({ data_type: "int16", fill_value: 0, attributes: { _FillValue: -999 } }).attrs).toEqual({
      _FillValue: -999n,
    });
  });

  it.each([
    [{ data_type: "toString" }, "unsupported", /data_type/],
    [{ zarr_format: [{ toString: null }] }, "upstream", /zarr_format/],
    [
      { data_type: { name: "numpy.datetime64", configuration: { unit: { toString: null } } } },
      "upstream",
      /data_type/,
    ],
    [
      { codecs: ["bytes", { name: "blosc", configuration: { cname: { toString: null } } }] },
      "upstream",
      /cname/,
    ],
    [{ data_type: "bfloat16" }, "unsupported", /"data_type": "bfloat16" is not supported/],
    [{ data_type: { name: "structured", configuration: {} } }, "unsupported", /data_type/],
    [
      { chunk_grid: { name: "rectilinear", configuration: {} } },
      "unsupported",
      /chunk_grid.*only regular grids/,
    ],
    [{ storage_transformers: [{ name: "x" }] }, "unsupported", /storage_transformers/],
    [{ extra: { must_understand: true } }, "unsupported", /"extra"/],
    [{ extra: 1 }, "unsupported", /"extra"/],
    [{ chunk_key_encoding: { name: "other" } }, "unsupported", /chunk_key_encoding/],
    [{ zarr_format: 2 }, "upstream", /"zarr_format": expected 3, got 2/],
    [{ node_type: "group" }, "upstream", /node_type/],
    [{ shape: [-1, 6] }, "upstream", /"shape"/],
    [{ shape: [1.5, 6] }, "upstream", /"shape"/],
    [{ shape: Array.from({ length: 65 }, () => 1) }, "upstream", /at most 64/],
    [{ chunk_grid: { name: "regular", configuration: { chunk_shape: [0, 3] } } }, "upstream", /chunk_shape/],
    [{ chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } } }, "upstream", /2 lengths/],
    [{ dimension_names: ["x"] }, "upstream", /dimension_names/],
    [{ codecs: [] }, "upstream", /codecs/],
    [{ codecs: [{ configuration: {} }] }, "upstream", /codecs/],
    [{ fill_value: null }, "upstream", /"fill_value": expected a value of type float32, got null/],
    [{ data_type: "int8", fill_value: 200 }, "upstream", /fill_value/],
    [{ attributes: [] }, "upstream", /attributes/],
  ])("refuses %j", (changes, code, message) => {
    expect(() => parse(changes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });

  const bytes = { name: "bytes", configuration: { endian: "little" } };
  const named = (name: string, configuration: object): object => ({ name, configuration });
  const shards = (changes: object): object[] => [
    named("sharding_indexed", {
      chunk_shape: [1, 3],
      codecs: [bytes],
      index_codecs: [bytes, { name: "crc32c" }],
      ...changes,
    }),
  ];

  it.each([
    ["the same axis twice", [named("transpose", { order: [0, 0] }), bytes]],
    ["too few axes", [named("transpose", { order: [0] }), bytes]],
    ["an axis that there is not", [named("transpose", { order: [0, 2] }), bytes]],
    ["a byte order that there is not", [named("bytes", { endian: "middle" })]],
    ["a level of gzip below 0", [bytes, named("gzip", { level: -1 })]],
    ["a level of gzip above 9", [bytes, named("gzip", { level: 10 })]],
    ["a level of zstd above 22", [bytes, named("zstd", { level: 23, checksum: false })]],
    ["a level that is no integer", [bytes, named("gzip", { level: "5" })]],
    ["a checksum that is no boolean", [bytes, named("zstd", { level: 3, checksum: 0 })]],
    ["a key that nobody knows", [bytes, named("zstd", { level: 3, dictionary: 1 })]],
    ["a compressor of Blosc that there is not", [bytes, named("blosc", { cname: "brotli" })]],
    ["a shuffle by its number", [bytes, named("blosc", { cname: "zstd", shuffle: 1 })]],
    ["elements of no bytes", [bytes, named("blosc", { cname: "zstd", typesize: 0 })]],
    ["two serializers", [bytes, bytes]],
    ["no serializer", [named("gzip", { level: 1 })]],
    ["a compressor of values", [named("gzip", { level: 1 }), bytes]],
    ["a transpose of bytes", [bytes, named("transpose", { order: [1, 0] })]],
    ["a codec of text for numbers", ["vlen-utf8"]],
    ["inner chunks that do not fill the shard", shards({ chunk_shape: [1, 2] })],
    ["inner chunks of another rank", shards({ chunk_shape: [1] })],
    ["inner chunks of length 0", shards({ chunk_shape: [0, 3] })],
    ["an index at a place that there is not", shards({ index_location: "middle" })],
    ["a compressed index", shards({ index_codecs: [bytes, named("gzip", { level: 1 })] })],
    ["a wrong codec inside of shards", shards({ codecs: [bytes, named("gzip", { level: 11 })] })],
    ["a wrong transpose inside of shards", shards({ codecs: [named("transpose", { order: [1] }), bytes] })],
    ["shards without codecs", shards({ codecs: [] })],
    ["a key of shards that nobody knows", shards({ extra: 1 })],
  ])("refuses codecs with %s", (_what, codecs) => {
    expect(() => parse({ codecs })).toThrow(expect.objectContaining({ name: "GatewayError" }));
  });

  it("completes what writers leave out, as zarr-python does not open it without", () => {
    const codecs = ["bytes", "crc32c", "gzip", { name: "zstd" }, { name: "blosc" }];
    expect(formatArrayV3(parse({ codecs }))["codecs"]).toEqual([
      bytes,
      { name: "crc32c" },
      named("gzip", { level: 5n }),
      named("zstd", { level: 0n, checksum: false }),
      named("blosc", { cname: "zstd", clevel: 5n, shuffle: "shuffle", typesize: 4n, blocksize: 0n }),
    ]);
    const ordered = parse({ codecs: [named("transpose", { order: "F" }), "bytes"] });
    expect(formatArrayV3(ordered)["codecs"]).toEqual([named("transpose", { order: [1n, 0n] }), bytes]);
  });

  it("ignores what says that it need not be understood", () => {
    expect(parse({ extra: { must_understand: false } }).encoding.dtype).toBe("float32");
  });

  it("gives an array or a GatewayError for any JSON", () => {
    const keys = fc.constantFrom(
      ...Object.keys(ARRAY),
      "attributes",
      "dimension_names",
      "storage_transformers",
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), (changes) => {
        try {
          parse(changes);
        } catch (error) {
          expect(error).toMatchObject({ name: "GatewayError" });
        }
      }),
    );
  });
});

describe("formatArrayV3", () => {
  it("gives back what was parsed", () => {
    const sharded = [
      {
        name: "sharding_indexed",
        configuration: {
          chunk_shape: [1, 3],
          codecs: ["bytes", { name: "zstd", configuration: { level: 1, checksum: false } }],
          index_codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }],
          index_location: "start",
        },
      },
    ];
    const array = parse({
      codecs: sharded,
      dimension_names: ["y", "x"],
      attributes: { a: 1, b: 1.5, c: [true] },
    });
    expect(parseArrayV3(formatArrayV3(array))).toEqual({
      ...array,
      encoding: { ...array.encoding, codecs: [expect.objectContaining({ name: "sharding_indexed" })] },
    });
  });

  it("tells codecs that readers share from those that zarr-python alone knows, and refuses others", () => {
    const array = parse({ codecs: ["bytes", { name: "numcodecs.zlib", configuration: { level: 1 } }] });
    expect([canFormatV3(array.encoding), canPassV3(array.encoding)]).toEqual([false, true]);
    const encoding = { ...array.encoding, codecs: [{ name: "made.up", configuration: {} }] };
    expect([canFormatV3(encoding), canPassV3(encoding)]).toEqual([false, false]);
    expect(() => formatArrayV3({ ...array, encoding })).toThrow(/made.up cannot be published as Zarr v3/);
  });

  const attributesOf = (data_type: unknown, fill_value: unknown, attrs: object): unknown =>
    formatArrayV3({
      ...parse({ data_type, fill_value, codecs: [data_type === "string" ? "vlen-utf8" : "bytes"] }),
      attrs: attrs as never,
    })["attributes"];

  it.each([
    ["float32", 0, { _FillValue: 1e20 }, { _FillValue: "QIy1eB2vFUQ=" }],
    ["float32", 0, { _FillValue: 1n }, { _FillValue: "AAAAAAAA8D8=" }],
    ["int16", 0, { _FillValue: -999n }, { _FillValue: -999n }],
    ["int16", 0, { _FillValue: -999 }, { _FillValue: -999n }],
    ["int16", 0, { _FillValue: [-999n] }, { _FillValue: -999n }],
    ["complex64", [0, 0], { _FillValue: [1, -1] }, { _FillValue: ["AAAAAAAA8D8=", "AAAAAAAA8L8="] }],
    // xarray opens no dataset with one of these, so that they are left out or become what masks the same
    ["int16", 0, { _FillValue: Number.NaN, a: "b" }, { a: "b" }],
    ["int16", 0, { _FillValue: 1.5 }, { missing_value: 1.5 }],
    ["float32", 0, { _FillValue: "text" }, {}],
    ["string", "", { _FillValue: "x" }, { missing_value: "x" }],
    ["string", "", { _FillValue: "x", missing_value: "y" }, { missing_value: "y" }],
    [{ name: "numpy.datetime64", configuration: { unit: "ns", scale_factor: 1 } }, 0, { _FillValue: 0n }, {}],
  ])("writes _FillValue of %j so that xarray can read it", (dtype, fill, attrs, expected) => {
    expect(attributesOf(dtype, fill, attrs)).toEqual(expected);
  });
});
