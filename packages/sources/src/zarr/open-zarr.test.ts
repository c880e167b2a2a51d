import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { memoryStore } from "@zarr-gateway/stores";
import { recordingStore } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { type OpenZarrOptions, openZarr } from "./open-zarr.ts";

const coder = createChunkCoder();
type Documents = Readonly<Record<string, unknown>>;

const ARRAY_3 = {
  zarr_format: 3,
  node_type: "array",
  shape: [4],
  data_type: "int16",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
  chunk_key_encoding: { name: "default" },
  fill_value: 0,
  codecs: [{ name: "bytes", configuration: { endian: "little" } }],
  attributes: { units: "m" },
  dimension_names: ["x"],
};
const GROUP_3 = { zarr_format: 3, node_type: "group", attributes: {} };
const ARRAY_2 = {
  zarr_format: 2,
  shape: [4],
  chunks: [2],
  dtype: "<i2",
  compressor: null,
  filters: null,
  fill_value: null,
  order: "C",
};
const DIMS = { _ARRAY_DIMENSIONS: ["x"] };

function entriesOf(documents: Documents): Map<string, Uint8Array> {
  const bytes = (value: unknown): Uint8Array =>
    value instanceof Uint8Array
      ? value
      : new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  return new Map(Object.entries(documents).map(([key, value]) => [key, bytes(value)]));
}

async function open(documents: Documents, options: Partial<OpenZarrOptions> = {}): Promise<Dataset> {
  return openZarr(memoryStore(entriesOf(documents)), { coder, ...options });
}

function consolidated(metadata: unknown): Documents {
  return {
    "zarr.json": { ...GROUP_3, consolidated_metadata: { kind: "inline", must_understand: false, metadata } },
  };
}

describe("arrays whose codec is not known", () => {
  const chunk = Uint8Array.of(1, 2, 3);
  const BZ2 = { ...ARRAY_2, compressor: { id: "bz2", level: 1 } };
  const PCODEC = { ...ARRAY_3, codecs: [{ name: "numcodecs.pcodec", configuration: { level: 8 } }] };

  it.each([
    ["v2", { ".zgroup": { zarr_format: 2 }, "v/.zarray": BZ2, "v/0": chunk }],
    ["v3", { "zarr.json": GROUP_3, "v/zarr.json": PCODEC, "v/c/0": chunk }],
  ])("can be passed on in %s, and say so", async (version, documents) => {
    const dataset = await open(documents);
    const source = dataset.variables.get("v")?.source;
    expect(source?.storedOnly).toBe(version);
    expect(await source?.stored?.read([0])).toEqual(chunk);
    await expect(source?.read([0])).rejects.toMatchObject({ code: "unsupported" });
    const message = expect.stringContaining(`only as Zarr ${version}`) as string;
    expect(dataset.warnings).toEqual([{ path: "/v", message }]);
  });

  it("are left out in v3 where zarr-python would refuse the whole store", async () => {
    const inShard = { chunk_shape: [1], codecs: ["bytes", "unheard-of"], index_codecs: ["bytes"] };
    const dataset = await open({
      "zarr.json": GROUP_3,
      "v/zarr.json": { ...ARRAY_3, codecs: [{ name: "pcodec", configuration: {} }] },
      "w/zarr.json": { ...ARRAY_3, codecs: [{ name: "sharding_indexed", configuration: inShard }] },
    });
    expect([...dataset.variables.keys()]).toEqual([]);
    expect(dataset.warnings?.map(({ path }) => path)).toEqual(["/v", "/w"]);
  });
});

describe("opening Zarr v3", () => {
  it("reads one document where metadata are consolidated", async () => {
    const store = recordingStore(
      memoryStore(entriesOf(consolidated({ "a/b/v": ARRAY_3, w: ARRAY_3, a: GROUP_3 }))),
    );
    const dataset = await openZarr(store, { coder });
    expect(store.calls.length).toBe(1);
    expect([...dataset.variables.keys()]).toEqual(["w"]);
    expect(dataset.groups.get("a")?.groups.get("b")?.variables.get("v")?.attrs).toEqual({ units: "m" });
    expect(dataset.format).toBe("zarr v3");
    store.reset();
    expect(await dataset.isCurrent?.()).toBe(true);
    expect(store.calls.length).toBe(1);
  });
  it("lists groups, but never the chunks of an array, where they are not", async () => {
    const store = recordingStore(
      memoryStore(
        entriesOf({
          "zarr.json": GROUP_3,
          "v/zarr.json": ARRAY_3,
          "v/c/0": new Uint8Array(4),
          "g/zarr.json": GROUP_3,
          "g/w/zarr.json": ARRAY_3,
          "notes/readme.txt": "no Zarr here",
        }),
      ),
    );
    const dataset = await openZarr(store, { coder });
    expect([...dataset.variables.keys(), ...dataset.groups.keys()]).toEqual(["v", "g"]);
    expect(dataset.groups.get("g")?.variables.has("w")).toBe(true);
    expect(store.calls.filter(({ method }) => method === "list").map(({ key }) => key)).toEqual(["", "g"]);
  });
  it("reads chunks by their keys, absent ones as undefined", async () => {
    const chunk = new Uint8Array([1, 0, 2, 0]);
    const dataset = await open({ ...consolidated({ v: ARRAY_3 }), "v/c/1": chunk });
    const source = dataset.variables.get("v")?.source;
    expect(await source?.read([1])).toEqual({ shape: [2], values: new Int16Array([1, 2]) });
    expect(await source?.read([0])).toBeUndefined();
    expect(await source?.stored?.read([0])).toBeUndefined();
    expect(await source?.stored?.stat([1])).toMatchObject({ size: 4 });
    await expect(source?.read([2])).rejects.toMatchObject({ code: "invalid_request" });
  });
  it("publishes a single array at the root under the name of the store", async () => {
    const dataset = await open(
      { "zarr.json": ARRAY_3, "c/0": new Uint8Array([5, 0, 6, 0]) },
      { name: "height" },
    );
    expect([...dataset.variables.keys()]).toEqual(["height"]);
    expect((await dataset.variables.get("height")?.source.read([0]))?.values).toEqual(new Int16Array([5, 6]));
  });
  it("prefers version 3 where a store has both", async () => {
    const dataset = await open({ ...consolidated({ v: ARRAY_3 }), ".zgroup": { zarr_format: 2 } });
    expect(dataset.format).toBe("zarr v3");
  });
});

describe("opening Zarr v2", () => {
  it("takes the array's fill value for the missing-data value, as xarray does", async () => {
    const dataset = await open({
      ".zgroup": { zarr_format: 2 },
      "filled/.zarray": { ...ARRAY_2, fill_value: -5 },
      "filled/.zattrs": { ...DIMS, _FillValue: 3 },
      "open/.zarray": ARRAY_2,
      "open/.zattrs": { ...DIMS, _FillValue: 3 },
    });
    expect(dataset.variables.get("filled")?.attrs).toEqual({ _FillValue: -5n });
    expect(dataset.variables.get("filled")?.source.fill).toBe(-5);
    expect(dataset.variables.get("open")?.attrs).toEqual({ _FillValue: 3n });
    expect(dataset.variables.get("open")?.source.fill).toBeNull();
  });
  it("finds dimension names where xarray and NetCDF-C leave them, and hides both", async () => {
    const dataset = await open({
      ".zgroup": { zarr_format: 2 },
      ".zattrs": { title: "t", _NCProperties: "version=2", _nczarr_group: {} },
      "a/.zarray": ARRAY_2,
      "a/.zattrs": { ...DIMS, _nczarr_attr: {}, units: "m" },
      "b/.zarray": { ...ARRAY_2, _NCZARR_ARRAY: { dimrefs: ["/g/y"], storage: "chunked" } },
      "c/.zarray": ARRAY_2,
      "c/.zattrs": { _nczarr_array: { dimension_references: ["/z"] } },
      "d/.zarray": ARRAY_2,
      "d/.nczarray": { dimrefs: ["/t"] },
      "e/.zarray": ARRAY_2,
      "f/.zarray": ARRAY_2,
      "f/.zattrs": { _ARRAY_DIMENSIONS: ["x", "y"] },
    });
    expect([...dataset.variables.values()].map(({ dims }) => dims)).toEqual([
      ["x"],
      ["y"],
      ["z"],
      ["t"],
      [null],
      [null],
    ]);
    expect(dataset.variables.get("a")?.attrs).toEqual({ units: "m" });
    expect(dataset.attrs).toEqual({ title: "t" });
    expect(dataset.warnings).toEqual([
      { path: "/f", message: expect.stringContaining("do not fit") as string }, // a matcher
    ]);
  });
  it("reads `.zmetadata` alone where it is there", async () => {
    const metadata = {
      ".zgroup": { zarr_format: 2 },
      "g/v/.zarray": ARRAY_2,
      "g/v/.zattrs": DIMS,
      "g/.zgroup": { zarr_format: 2 },
    };
    const store = recordingStore(
      memoryStore(entriesOf({ ".zmetadata": { zarr_consolidated_format: 1, metadata } })),
    );
    const dataset = await openZarr(store, { coder });
    expect(store.calls.map(({ key }) => key)).toEqual(["zarr.json", ".zmetadata"]);
    expect(dataset.groups.get("g")?.variables.get("v")?.dims).toEqual(["x"]);
  });
  it("takes `/` between the numbers of a chunk key where the array says so", async () => {
    const documents = {
      ".zarray": { ...ARRAY_2, shape: [2, 2], chunks: [1, 2], dimension_separator: "/" },
      "1/0": new Uint8Array([1, 0, 2, 0]),
    };
    const source = (await open(documents)).variables.get("data")?.source;
    expect((await source?.read([1, 0]))?.values).toEqual(new Int16Array([1, 2]));
  });
});

describe("a store that is not as it should be", () => {
  it("keeps the sound arrays beside those that cannot be represented", async () => {
    const dataset = await open(
      consolidated({
        good: ARRAY_3,
        codec: { ...ARRAY_3, codecs: [...ARRAY_3.codecs, { name: "unheard-of" }] },
        type: { ...ARRAY_3, data_type: { name: "struct" } },
        shape: { ...ARRAY_3, shape: [-1] },
        shards: {
          ...ARRAY_3,
          codecs: [
            {
              name: "sharding_indexed",
              configuration: { chunk_shape: [3], codecs: ARRAY_3.codecs, index_codecs: ARRAY_3.codecs },
            },
          ],
        },
        "good/below": ARRAY_3,
      }),
    );
    expect([...dataset.variables.keys()]).toEqual(["good"]);
    expect(dataset.warnings?.map(({ path }) => path)).toEqual([
      "/codec",
      "/type",
      "/shape",
      "/shards",
      "/good/below",
    ]);
  });
  it.each<readonly [string, Documents]>([
    ["zarr.json", { "zarr.json": "" }],
    ["zarr.json", { "zarr.json": '{"zarr_format": 3' }],
    ["zarr.json", { "zarr.json": new Uint8Array([0xff, 0xfe, 0]) }],
    ["zarr.json", { "zarr.json": [] }],
    ["zarr.json", { "zarr.json": { ...GROUP_3, node_type: "tree" } }],
    ["zarr.json", { "zarr.json": { ...GROUP_3, attributes: [1] } }],
    [
      "zarr.json",
      { "zarr.json": `{"zarr_format":3,"node_type":"group","attributes":{"a":${"[".repeat(1e5)}` },
    ],
    ["zarr.json", { "zarr.json": { ...GROUP_3, consolidated_metadata: 5 } }],
    ["zarr.json", { "zarr.json": { ...GROUP_3, consolidated_metadata: { kind: "other", metadata: {} } } }],
    ["zarr.json", { "zarr.json": { ...GROUP_3, consolidated_metadata: { kind: "inline" } } }],
    ["zarr.json", consolidated({ "../v": ARRAY_3 })],
    ['"v"', consolidated({ v: 17 })],
    ["v/zarr.json", { "zarr.json": GROUP_3, "v/zarr.json": "{" }],
    [".zmetadata", { ".zmetadata": "{}" }],
    [".zmetadata", { ".zmetadata": { zarr_consolidated_format: 1, metadata: [] } }],
    [".zmetadata", { ".zmetadata": { zarr_consolidated_format: 1, metadata: {} } }],
    [".zmetadata", { ".zmetadata": { zarr_consolidated_format: 1, metadata: { "v/.zattrs": {} } } }],
    ["v/.zattrs", { ".zgroup": { zarr_format: 2 }, "v/.zarray": ARRAY_2, "v/.zattrs": "[" }],
  ])("names the damaged document %s", async (key, documents) => {
    await expect(open(documents)).rejects.toMatchObject({
      code: "upstream",
      message: expect.stringContaining(key) as string,
    }); // a matcher
  });
  it("says that there is no Zarr, or a version nobody knows", async () => {
    await expect(open({})).rejects.toMatchObject({ code: "unsupported" });
    await expect(open({ "zarr.json": { ...GROUP_3, zarr_format: 4 } })).rejects.toMatchObject({
      code: "unsupported",
    });
    const noList = { ...memoryStore(entriesOf({ "zarr.json": GROUP_3 })) };
    delete noList.list;
    await expect(openZarr(noList, { coder })).rejects.toThrow(/consolidate/);
  });
  it("is bounded in depth and number of nodes", async () => {
    const limits = { maxNodes: 3, maxDepth: 3 };
    const four = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, ARRAY_3]));
    await expect(open(consolidated(four), { limits })).rejects.toThrow(/more than 3/);
    await expect(open(consolidated({ "a/b/c/d": ARRAY_3 }), { limits })).rejects.toThrow(/deeper than 3/);
    const folders = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}/zarr.json`, GROUP_3]));
    await expect(open({ "zarr.json": GROUP_3, ...folders }, { limits })).rejects.toThrow(/more than 3/);
  });
  it("declares 2^40 elements without allocating by them", async () => {
    const huge = {
      ...ARRAY_3,
      shape: [2 ** 40],
      chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 40] } },
    };
    const dataset = await open({ ...consolidated({ huge }), "huge/c/0": new Uint8Array(100) });
    const source = dataset.variables.get("huge")?.source;
    await expect(source?.read([0])).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("a store that changes", () => {
  it("is no longer current once a document is another one, and has another version when opened anew", async () => {
    const entries = entriesOf({ "zarr.json": GROUP_3, "v/zarr.json": ARRAY_3 });
    const first = await openZarr(memoryStore(entries), { coder });
    expect(await first.isCurrent?.()).toBe(true);
    entries.set("v/zarr.json", new TextEncoder().encode(JSON.stringify({ ...ARRAY_3, shape: [5] })));
    expect(await first.isCurrent?.()).toBe(false);
    const second = await openZarr(memoryStore(entries), { coder });
    expect(second.version).not.toBe(first.version);
    entries.set("w/zarr.json", new TextEncoder().encode(JSON.stringify(ARRAY_3)));
    expect(await second.isCurrent?.()).toBe(false);
  });
  it("is no longer current when metadata of version 3, or a consolidated block, appear beside it", async () => {
    for (const key of ["zarr.json", ".zmetadata"]) {
      const entries = entriesOf({ ".zgroup": { zarr_format: 2 }, "v/.zarray": ARRAY_2 });
      const dataset = await openZarr(memoryStore(entries), { coder });
      entries.set(key, new TextEncoder().encode("{}"));
      expect(await dataset.isCurrent?.(), key).toBe(false);
    }
  });
});
