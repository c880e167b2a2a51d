import type { ArrayEncoding, CodecSpec, StoredChunks, Variable } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";

import {
  appOf,
  BYTES,
  bytesOf,
  coder,
  groupOf,
  type Reads,
  storedOf,
  variableOf,
  type ZarrJson,
  ZSTD,
} from "./testing/served-datasets.ts";

describe("chunks that are stored as published", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const bytes = Uint8Array.from([1, 2, 3, 4, 5]);
  const air = groupOf([
    variableOf("tas", { stored: storedOf([BYTES, ZSTD], bytes, counts), fill: 0 }, counts),
  ]);
  const app = appOf({ air });
  const url = "/datasets/air/zarr/tas/c/0";

  it("go out untouched, with one stat and one read", async () => {
    Object.assign(counts, { reads: 0, stats: 0 });
    const response = await app.request(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(await bytesOf(response)).toEqual(bytes);
    expect(counts).toEqual({ reads: 1, stats: 1 });
  });

  it("are not read for HEAD, a current validator or a range beyond the end", async () => {
    const etag = (await app.request(url)).headers.get("etag") ?? "";
    Object.assign(counts, { reads: 0, stats: 0 });
    const head = await app.request(url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("5");
    expect((await app.request(url, { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect((await app.request(url, { headers: { Range: "bytes=9-" } })).status).toBe(416);
    expect(counts.reads).toBe(0);
  });

  it("are read in ranges", async () => {
    const response = await app.request(url, { headers: { Range: "bytes=-2" } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe("bytes 3-4/5");
    expect(await bytesOf(response)).toEqual(Uint8Array.from([4, 5]));
  });

  it("have validators of their own in each format", async () => {
    const v3 = (await app.request(url)).headers.get("etag");
    const v2 = (await app.request("/datasets/air/zarr2/tas/0")).headers.get("etag");
    expect(v3).toMatch(/^"[\w-]+"$/);
    expect(v2).not.toBe(v3);
  });

  it("are 404 where never written in v3, and real in v2, where clients would read missing data", async () => {
    expect((await app.request("/datasets/air/zarr/tas/c/1")).status).toBe(404);
    const filled = await bytesOf(app.request("/datasets/air/zarr2/tas/1"));
    const encoding: ArrayEncoding = {
      dtype: "float32",
      grid: { shape: [4], chunkShape: [2] },
      fill: 0,
      codecs: [BYTES, ZSTD],
    };
    expect((await coder.decode(encoding, [1], filled)).values).toEqual(Float32Array.of(0, 0));
    const head = await app.request("/datasets/air/zarr2/tas/1", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, null]);
  });

  it.each([
    "tas/c/2",
    "tas/c/0/0",
    "tas/c",
    "tas/c/00",
    "tas/c/0/",
    "nothing/c/0",
    "tas/1.0",
    "tas/c/0/..",
    "tas%2fc%2f0",
    "tas/.zarray",
    ".zgroup",
    "tas/.zmetadata",
    "nothing/zarr.json",
  ])("are 404 under any other key: %s", async (key) => {
    Object.assign(counts, { reads: 0, stats: 0 });
    expect((await app.request(`/datasets/air/zarr/${key}`)).status).toBe(404);
    expect(counts).toEqual({ reads: 0, stats: 0 });
  });
});

describe("chunks that are asked for again and again", () => {
  it.each([
    ["as stored", { name: "zstd", configuration: { level: 1, checksum: false } }],
    ["behind a prefix", { name: "numcodecs.zlib", configuration: { level: 1 } }],
  ])("come from memory, parts of them too: %s", async (_how, codec) => {
    const counts = { reads: 0, stats: 0 };
    const stored = storedOf(
      [BYTES, codec],
      Uint8Array.from({ length: 60 }, (_, at) => at),
      counts,
    );
    const settled: StoredChunks = {
      ...stored,
      stat: async () => ({ size: 60, version: "1", modifiedAt: 0 }),
    };
    const app = appOf({ air: groupOf([variableOf("tas", { stored: settled }, counts)]) });
    const url = "/datasets/air/zarr/tas/c/0";
    const first = await bytesOf(app.request(url));
    for (let time = 0; time < 3; time += 1) expect(await bytesOf(app.request(url))).toEqual(first);
    expect(counts.reads).toBe(1);
    const part = await bytesOf(app.request(url, { headers: { Range: "bytes=20-40" } }));
    expect(part).toEqual(first.subarray(20, 41));
    expect(counts.reads).toBe(1);
  });
});

describe("chunks that change between a look at them and reading them", () => {
  const ZLIB = { name: "numcodecs.zlib", configuration: { level: 1 } };
  const appReading = (bytes: Uint8Array | undefined, ...codecs: StoredChunks["codecs"]) => {
    const counts = { reads: 0, stats: 0 };
    const stored = { ...storedOf(codecs, Uint8Array.of(1, 2, 3), counts), read: async () => bytes };
    return appOf({ air: groupOf([variableOf("tas", { stored, fill: 0 }, counts)]) });
  };

  it.each([
    ["as stored", [BYTES, ZSTD]],
    ["behind a prefix", [BYTES, ZLIB]],
  ])("are absent once they are gone, %s", async (_how, codecs) => {
    const app = appReading(undefined, ...codecs);
    expect((await app.request("/datasets/air/zarr/tas/c/0")).status).toBe(404);
    // absent would be missing data there, and not the fill value
    expect((await app.request("/datasets/air/zarr2/tas/0")).status).toBe(502);
  });

  it.each([
    ["as stored", [BYTES, ZSTD]],
    ["behind a prefix", [BYTES, ZLIB]],
  ])("are a failure where they have become shorter, %s", async (_how, codecs) => {
    const app = appReading(Uint8Array.of(1), ...codecs);
    expect((await app.request("/datasets/air/zarr/tas/c/0")).status).toBe(502);
    const ranged = await app.request("/datasets/air/zarr/tas/c/0", { headers: { Range: "bytes=0-25" } });
    expect(ranged.status).toBe(502);
  });
});

describe("chunks behind a Blosc prefix", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const shuffle = { name: "numcodecs.shuffle", configuration: { elementsize: 4 } };
  const zlib = { name: "numcodecs.zlib", configuration: { level: 4 } };
  const plain = Float32Array.of(1.5, 2.5);

  it("decode to the stored values, whole and in any range", async () => {
    const codecs = [BYTES, shuffle, zlib];
    const grid = { shape: [4], chunkShape: [2] };
    const stored = await coder.encodeAlways({ dtype: "float32", grid, fill: null, codecs }, [0], {
      shape: [2],
      values: plain,
    });
    const app = appOf({
      air: groupOf([variableOf("tas", { stored: storedOf(codecs, stored, counts) }, counts)]),
    });
    const document = (await (await app.request("/datasets/air/zarr/tas/zarr.json")).json()) as ArrayEncoding;
    expect(document.codecs.map(({ name }) => name)).toEqual(["bytes", "blosc"]);
    const whole = await bytesOf(app.request("/datasets/air/zarr/tas/c/0"));
    expect(whole.length).toBe(24 + stored.length);
    const published: ArrayEncoding = { dtype: "float32", grid, fill: null, codecs: document.codecs };
    expect((await coder.decode(published, [0], whole)).values).toEqual(plain);
    for (const [from, to] of [
      [0, 3],
      [10, 30],
      [23, 24],
      [24, 26],
      [30, whole.length - 1],
    ] as const) {
      const part = await app.request("/datasets/air/zarr/tas/c/0", {
        headers: { Range: `bytes=${from}-${to}` },
      });
      expect(await bytesOf(part), `${from}-${to}`).toEqual(whole.subarray(from, to + 1));
    }
  });
});

describe("chunks of filters that change the size of elements", () => {
  const codecs = [
    { name: "numcodecs.astype", configuration: { encode_dtype: "<f2", decode_dtype: "<f4" } },
    BYTES,
    { name: "numcodecs.zlib", configuration: { level: 1 } },
  ];
  const counts = { reads: 0, stats: 0 };
  const bytes = Uint8Array.of(9, 8, 7);
  const app = appOf({
    d: groupOf([variableOf("tas", { stored: storedOf(codecs, bytes, counts) }, counts)]),
  });

  it("go out untouched in v2, with their filters", async () => {
    const zarray: unknown = await (await app.request("/datasets/d/zarr2/tas/.zarray")).json();
    expect(zarray).toMatchObject({
      filters: [{ id: "astype", encode_dtype: "<f2", decode_dtype: "<f4" }],
      compressor: { id: "zlib", level: 1 },
    });
    const chunk = await app.request("/datasets/d/zarr2/tas/0");
    expect(new Uint8Array(await chunk.arrayBuffer())).toEqual(bytes);
  });

  it("are encoded anew in v3", async () => {
    const document = (await (await app.request("/datasets/d/zarr/tas/zarr.json")).json()) as ZarrJson;
    expect(document.codecs.map(({ name }) => name)).toEqual(["bytes", "zstd"]);
  });
});

describe("chunks that nobody here can decode", () => {
  const bytes = Uint8Array.of(4, 5, 6);
  const variable = (name: string, storedOnly: "v2" | "v3", ...codecs: StoredChunks["codecs"]): Variable => {
    const counts = { reads: 0, stats: 0 };
    const { source, ...rest } = variableOf(
      name,
      { stored: storedOf(codecs, bytes, counts), fill: 0 },
      counts,
    );
    return { ...rest, attrs: { _FillValue: 0 }, source: { ...source, storedOnly } };
  };
  const codec = (name: string): CodecSpec => ({ name, configuration: {} });
  const app = appOf({
    d: groupOf([
      variable("bz2", "v2", BYTES, codec("numcodecs.bz2")),
      variable("zfpy", "v2", BYTES, codec("numcodecs.zfpy")),
      variable("other", "v2", BYTES, codec("numcodecs.unheard-of")),
      variable("pcodec", "v3", codec("numcodecs.pcodec")),
    ]),
  });
  const keysOf = async (url: string): Promise<string[]> => {
    const text = await (await app.request(url)).text();
    return ["bz2", "zfpy", "other", "pcodec"].filter(
      (name) => text.includes(`${name}"`) || text.includes(`${name}/`),
    );
  };

  it("go out untouched in the words of their own version", async () => {
    const two = await app.request("/datasets/d/zarr2/bz2/0");
    expect(new Uint8Array(await two.arrayBuffer())).toEqual(bytes);
    expect(await (await app.request("/datasets/d/zarr2/bz2/.zarray")).json()).toMatchObject({
      compressor: { id: "bz2" },
    });
    const three = await app.request("/datasets/d/zarr/pcodec/c/0");
    expect(new Uint8Array(await three.arrayBuffer())).toEqual(bytes);
    expect(await (await app.request("/datasets/d/zarr/pcodec/zarr.json")).json()).toMatchObject({
      codecs: [{ name: "numcodecs.pcodec", configuration: {} }],
    });
  });

  it("are left out of the other version, its documents and listings", async () => {
    expect(await keysOf("/datasets/d/zarr/zarr.json")).toEqual(["pcodec"]);
    expect(await keysOf("/datasets/d/zarr/")).toEqual(["pcodec"]);
    expect((await app.request("/datasets/d/zarr/bz2/c/0")).status).toBe(404);
    expect((await app.request("/datasets/d/zarr/bz2/")).status).toBe(404);
    expect((await app.request("/datasets/d/zarr2/pcodec/.zarray")).status).toBe(404);
  });

  it("are left out where readers would refuse the whole store", async () => {
    expect(await keysOf("/datasets/d/zarr2/.zmetadata")).toEqual(["bz2", "zfpy"]);
    expect(await keysOf("/datasets/d/zarr2/")).toEqual(["bz2", "zfpy"]);
    expect((await app.request("/datasets/d/zarr2/other/0")).status).toBe(404);
    expect(await keysOf("/datasets/.zmetadata")).toEqual(["bz2"]);
  });
});
