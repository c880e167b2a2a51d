import { createChunkCoder } from "@zarr-gateway/codecs";
import type {
  ArrayEncoding,
  AttributeValue,
  Chunk,
  ChunkSource,
  CodecSpec,
  Dataset,
  FillValue,
  StoredChunks,
  Variable,
} from "@zarr-gateway/dataset";
import { problemResponse } from "@zarr-gateway/http";
import type { DatasetEnv, Host } from "@zarr-gateway/plugin";
import { createByteCache, GatewayError } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { createPublisher } from "./publisher.ts";
import { datasetKeyRoutes } from "./routes.ts";
import { serverTreeRoutes } from "./server-tree.ts";

const BYTES = { name: "bytes", configuration: { endian: "little" } } as const;
const ZSTD = { name: "zstd", configuration: { level: 1, checksum: false } } as const;
const coder = createChunkCoder();

interface ZarrJson {
  readonly codecs: readonly { readonly name: string }[];
}

/** What a test's source was asked for. */
interface Reads {
  reads: number;
  stats: number;
}

/** A float32 variable of 4 elements in chunks of 2; the second chunk was never written. */
function variableOf(
  name: string,
  {
    stored,
    fill = null,
    values = [1, 2],
  }: { stored?: StoredChunks; fill?: FillValue | null; values?: number[] },
  counts: Reads,
): Variable {
  const chunk: Chunk = { shape: [2], values: Float32Array.from(values) };
  const source: ChunkSource = {
    dtype: "float32",
    grid: { shape: [4], chunkShape: [2] },
    fill,
    async read(index) {
      counts.reads += 1;
      return index[0] === 0 ? chunk : undefined;
    },
    ...(stored && { stored }),
  };
  return { name, dims: ["x"], attrs: {}, source };
}

function storedOf(codecs: StoredChunks["codecs"], bytes: Uint8Array, counts: Reads): StoredChunks {
  return {
    grid: { shape: [4], chunkShape: [2] },
    codecs,
    async read(index, { range } = {}) {
      counts.reads += 1;
      if (index[0] !== 0) return undefined;
      if (!range) return bytes;
      return "suffix" in range
        ? bytes.subarray(-range.suffix)
        : bytes.subarray(range.offset, range.offset + range.length);
    },
    async stat(index) {
      counts.stats += 1;
      return index[0] === 0 ? { size: bytes.length, version: "1" } : undefined;
    },
  };
}

function groupOf(variables: readonly Variable[], groups: Readonly<Record<string, Dataset>> = {}): Dataset {
  return {
    attrs: { title: "test" },
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(Object.entries(groups)),
    version: "v1",
  };
}

function appOf(datasets: Readonly<Record<string, Dataset>>, warnings: string[] = []) {
  const publisher = createPublisher({
    cache: createByteCache(2 ** 20),
    coder,
    compressor: { name: "zstd", configuration: { level: 3 } },
  });
  const host = {
    datasets: {
      async *ids() {
        yield* [...Object.keys(datasets), "broken"];
      },
      state: () => ({ state: "closed" }),
      async open(id: string) {
        const dataset = datasets[id];
        if (id === "slow") await new Promise(() => undefined);
        if (!dataset) throw new GatewayError("upstream", "broken file");
        return dataset;
      },
    },
    log: {
      warn: ({ dataset, reason }: Readonly<Record<string, unknown>>) =>
        warnings.push(`${String(dataset)}: ${String(reason)}`),
    },
    admits: (id: string, request: Request) =>
      Promise.resolve(id !== "locked" || request.headers.get("authorization") === "key"),
  } as unknown as Host; // the members that the routes use
  const app = new Hono<DatasetEnv>();
  app.onError((error, c) => problemResponse(c, error));
  app.route("/", serverTreeRoutes(host, publisher, { maxOpeningMs: 50 }));
  app.use("/datasets/:dataset/*", async (c, next) => {
    const dataset = datasets[c.req.param("dataset")];
    if (dataset) c.set("dataset", dataset);
    c.set("datasetId", c.req.param("dataset"));
    await next();
  });
  app.route("/datasets/:dataset", datasetKeyRoutes(publisher));
  app.get("/datasets/:dataset/keys", (c) => c.text("another plugin"));
  return app;
}

async function bytesOf(response: Response | Promise<Response>): Promise<Uint8Array> {
  return new Uint8Array(await (await response).arrayBuffer());
}

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

describe("chunks that are encoded anew", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const app = appOf({
    air: groupOf([
      variableOf("tas", { fill: 0 }, counts),
      variableOf("none", { fill: 0, values: [0, 0] }, counts),
    ]),
  });
  const url = "/datasets/air/zarr/tas/c/0";

  it("are made once, for GET alone", async () => {
    const head = await app.request(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), counts.reads]).toEqual([200, null, 0]);
    const first = await bytesOf(app.request(url));
    expect(await bytesOf(app.request(url))).toEqual(first);
    expect(counts.reads).toBe(1);
    expect((await app.request(url, { method: "HEAD" })).headers.get("content-length")).toBe(
      String(first.length),
    );
    const etag = (await app.request(url)).headers.get("etag") ?? "";
    expect((await app.request(url, { headers: { "If-None-Match": etag } })).status).toBe(304);
  });

  it("have exact ranges", async () => {
    const whole = await bytesOf(app.request(url));
    const response = await app.request(url, { headers: { Range: "bytes=2-4" } });
    expect(response.headers.get("content-range")).toBe(`bytes 2-4/${whole.length}`);
    expect(await bytesOf(response)).toEqual(whole.subarray(2, 5));
  });

  it("are 404 where all is fill, but real in v2, where fill would be missing data", async () => {
    expect((await app.request("/datasets/air/zarr/none/c/0")).status).toBe(404);
    expect((await app.request("/datasets/air/zarr2/none/0")).status).toBe(200);
    expect((await app.request("/datasets/air/zarr2/none/1")).status).toBe(200);
  });

  it("are a failure and not absent when their source fails", async () => {
    const failing: Variable = {
      ...variableOf("tas", {}, counts),
      source: {
        dtype: "float32",
        grid: { shape: [4], chunkShape: [2] },
        fill: null,
        read: () => Promise.reject(new GatewayError("upstream", "the disk is gone")),
      },
    };
    const response = await appOf({ air: groupOf([failing]) }).request(url);
    expect(response.status).toBe(502);
  });
});

describe("documents and listings", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const air = groupOf([variableOf("tas", {}, counts)], { deep: groupOf([variableOf("c", {}, counts)]) });
  const app = appOf({ air });

  it("answer v3 with v2's consolidated document beside, but nothing that makes zarr-python warn of two formats", async () => {
    for (const key of ["zarr.json", "deep/zarr.json", "deep/c/zarr.json", ".zmetadata"]) {
      const response = await app.request(`/datasets/air/zarr/${key}`);
      expect([key, response.status, response.headers.get("content-type")]).toEqual([
        key,
        200,
        "application/json",
      ]);
    }
    expect((await app.request("/datasets/air/zarr/tas/0")).status).toBe(200);
    for (const key of [".zgroup", ".zattrs", "tas/.zarray"]) {
      expect((await app.request(`/datasets/air/zarr/${key}`)).status).toBe(404);
    }
  });

  it("answer strict v2", async () => {
    for (const key of [".zgroup", ".zattrs", ".zmetadata", "tas/.zarray", "tas/.zattrs", "deep/.zgroup"]) {
      expect((await app.request(`/datasets/air/zarr2/${key}`)).status).toBe(200);
    }
    for (const key of ["zarr.json", "tas/zarr.json", "tas/c/0", "tas/.zgroup", ".zarray"]) {
      expect((await app.request(`/datasets/air/zarr2/${key}`)).status).toBe(404);
    }
  });

  it("have validators and are compressed", async () => {
    const response = await app.request("/datasets/air/zarr/zarr.json");
    const etag = response.headers.get("etag") ?? "";
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const again = await app.request("/datasets/air/zarr/zarr.json", { headers: { "If-None-Match": etag } });
    expect(again.status).toBe(304);
  });

  it("may be kept for ever where the dataset cannot change", async () => {
    const pinned = appOf({ air: { ...air, immutable: true } });
    const response = await pinned.request("/datasets/air/zarr/zarr.json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("list groups and arrays with relative links, with and without a slash at the end", async () => {
    const root = await (await app.request("/datasets/air/zarr/")).text();
    expect(root).toContain('<a href="tas/">');
    expect(root).toContain('<a href="deep/">');
    expect(root).toContain('<a href="zarr.json">');
    expect(root).not.toContain("<base");
    expect(await (await app.request("/datasets/air/zarr")).text()).toContain('<base href="zarr/">');
    expect(await (await app.request("/datasets/air/zarr2/deep/c/")).text()).toContain('<a href=".zarray">');
    expect((await app.request("/datasets/air/zarr/nothing/")).status).toBe(404);
  });

  it("know a variable called c from a chunk", async () => {
    expect((await app.request("/datasets/air/zarr/deep/c/c/0")).status).toBe(200);
    expect(await (await app.request("/datasets/air/zarr/deep/c")).text()).toContain("zarr.json");
  });
});

describe("the whole server as one hierarchy", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const app = appOf({
    air: groupOf([variableOf("tas", {}, counts)]),
    sea: groupOf([variableOf("sst", {}, counts)]),
  });

  it("consolidates all datasets that open", async () => {
    const v3 = (await (await app.request("/datasets/zarr.json")).json()) as {
      consolidated_metadata: { metadata: object };
    };
    expect(Object.keys(v3.consolidated_metadata.metadata)).toEqual(["air", "sea", "air/tas", "sea/sst"]);
    const v2 = (await (await app.request("/datasets/.zmetadata")).json()) as { metadata: object };
    expect(Object.keys(v2.metadata)).toContain("sea/sst/.zarray");
  });

  it("shows a guarded dataset only to whom its guard admits", async () => {
    const air = groupOf([variableOf("tas", {}, counts)]);
    const guarded = appOf({ air, locked: air });
    for (const path of ["/datasets/zarr.json", "/datasets/.zmetadata"]) {
      for (const isKnown of [false, true, false]) {
        const headers = isKnown ? { authorization: "key" } : {};
        const answer = await guarded.request(path, { headers });
        expect([answer.status, (await answer.text()).includes("locked")]).toEqual([200, isKnown]);
      }
    }
  });

  it("leaves out what does not open, not in time, or has metadata that Python cannot read", async () => {
    let deep: AttributeValue = 1n;
    for (let level = 0; level < 300; level += 1) deep = [deep];
    const nested = { ...groupOf([]), attrs: { deep } };
    const long = { ...variableOf("v", {}, counts), attrs: { digits: 10n ** 5000n } };
    const air = groupOf([variableOf("tas", {}, counts)]);
    const warnings: string[] = [];
    const all = appOf(
      { air, slow: air, nested, inside: groupOf([], { nested }), long: groupOf([long]) },
      warnings,
    );
    for (let time = 0; time < 2; time += 1) {
      const document = (await (await all.request("/datasets/zarr.json")).json()) as {
        consolidated_metadata: { metadata: object };
      };
      expect(Object.keys(document.consolidated_metadata.metadata)).toEqual(["air", "air/tas"]);
    }
    expect(warnings.filter((warning) => warning.startsWith("slow"))).toEqual(["slow: not open after 0.05 s"]);
    expect(warnings.slice(-4).map((warning) => warning.split(":")[0])).toEqual(
      expect.arrayContaining(["nested", "inside", "long", "broken"]),
    );
    expect((await all.request("/datasets/.zmetadata")).status).toBe(200);
  });

  it("answers the keys that its clients ask for, and leaves the rest to other plugins", async () => {
    for (const key of ["zarr.json", "tas/zarr.json", "tas/c/0", "tas/0", ".zmetadata"]) {
      expect([key, (await app.request(`/datasets/air/${key}`)).status]).toEqual([key, 200]);
    }
    expect(await (await app.request("/datasets/air/keys")).text()).toBe("another plugin");
    expect((await app.request("/datasets/air/tas/c/7")).status).toBe(404);
  });
});
