import { createChunkCoder, parseArrayV2 } from "@zarr-gateway/codecs";
import type { CodecSpec, Dataset, StoredChunks, Variable } from "@zarr-gateway/dataset";
import { problemResponse } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import { createByteCache, parseJson } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { referencesRoutes } from "./routes.ts";

const BYTES: CodecSpec = { name: "bytes", configuration: { endian: "big" } };
const HDF5: CodecSpec[] = [
  BYTES,
  { name: "numcodecs.shuffle", configuration: { elementsize: 4 } },
  { name: "numcodecs.zlib", configuration: { level: 4 } },
];
const CHUNK = Uint8Array.of(1, 2, 3);
const coder = createChunkCoder();

/** Four float32 values in chunks of two, of which the second was never written and reads as 7. */
function variableOf(
  name: string,
  codecs: readonly CodecSpec[] | undefined,
  attrs: Variable["attrs"] = {},
): Variable {
  const grid = { shape: [4], chunkShape: [2] };
  const stored: StoredChunks | undefined = codecs && {
    grid,
    codecs,
    async read(index, { range } = {}) {
      const from = range && "offset" in range ? range.offset : 0;
      return index[0] === 0 ? CHUNK.subarray(from) : undefined;
    },
    stat: async (index) => (index[0] === 0 ? { size: 3, version: "a" } : undefined),
  };
  const source = {
    dtype: "float32",
    grid,
    fill: 7,
    read: async () => undefined,
    ...(stored && { stored }),
  } as const;
  return { name, dims: ["x"], attrs, source };
}

function appOf(...variables: Variable[]): Hono<DatasetEnv> {
  const dataset: Dataset = {
    attrs: { title: "test" },
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(),
    version: "1",
  };
  const app = new Hono<DatasetEnv>();
  app.onError((error, c) => problemResponse(c, error));
  app.use("*", async (c, next) => {
    c.set("dataset", dataset);
    c.set("datasetId", "air");
    await next();
  });
  app.route(
    "/datasets/:dataset",
    referencesRoutes({
      cache: createByteCache(2 ** 20),
      coder,
      baseUrl: () => "https://data.example",
      sourceTargets: true,
    }),
  );
  return app;
}

const url = "/datasets/air/kerchunk";

describe("the raw store", () => {
  const app = appOf(variableOf("tas", HDF5, { _FillValue: 7, units: "K" }));

  it("says the file's own filters and compressor", async () => {
    const zarray = await (await app.request(`${url}/tas/.zarray`)).text();
    expect(JSON.parse(zarray)).toMatchObject({
      dtype: ">f4",
      filters: [{ id: "shuffle", elementsize: 4 }],
      compressor: { id: "zlib", level: 4 },
      fill_value: 7,
    });
    expect(parseArrayV2(parseJson(zarray)).encoding.codecs).toEqual(HDF5);
    const zattrs = await (await app.request(`${url}/tas/.zattrs`)).json();
    expect(zattrs).toEqual({ units: "K", _ARRAY_DIMENSIONS: ["x"] });
  });

  it("passes chunks byte for byte, in ranges too", async () => {
    const whole = await app.request(`${url}/tas/0`);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(CHUNK);
    const part = await app.request(`${url}/tas/0`, { headers: { Range: "bytes=1-" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 1-2/3"]);
    expect((await app.request(`${url}/tas/0`, { method: "HEAD" })).headers.get("content-length")).toBe("3");
  });

  it("is 404 for chunks that were never written, outside the grid, or not canonical", async () => {
    for (const key of [
      "tas/1",
      "tas/2",
      "tas/0.0",
      "tas/00",
      "tas/c/0",
      "zarr.json",
      "tas/zarr.json",
      "other/0",
    ]) {
      expect([key, (await app.request(`${url}/${key}`)).status]).toEqual([key, 404]);
    }
  });

  it("serves chunks that were never written where a client would take them for missing data", async () => {
    const plain = appOf(variableOf("tas", HDF5));
    const filled = new Uint8Array(await (await plain.request(`${url}/tas/1`)).arrayBuffer());
    const grid = { shape: [4], chunkShape: [2] };
    const chunk = await coder.decode({ dtype: "float32", grid, fill: null, codecs: HDF5 }, [1], filled);
    expect(chunk.values).toEqual(Float32Array.of(7, 7));
  });
});

describe("variables that cannot be said in Zarr v2", () => {
  const sharded: CodecSpec[] = [{ name: "sharding_indexed", configuration: {} }];

  it("are left out, and named in the listing", async () => {
    const app = appOf(variableOf("tas", HDF5), variableOf("sst", sharded), variableOf("text", undefined));
    const { metadata } = (await (await app.request(`${url}/.zmetadata`)).json()) as { metadata: object };
    expect(Object.keys(metadata)).toEqual([".zgroup", ".zattrs", "tas/.zarray", "tas/.zattrs"]);
    const page = await (await app.request(`${url}/`)).text();
    expect(page).toContain('<a href="tas/">');
    expect(page).not.toContain('<a href="sst/">');
    expect(page).toContain("/sst: Zarr v2 has no words for its codecs: sharding_indexed");
    const chunk = await app.request(`${url}/text/0`);
    expect([chunk.status, ((await chunk.json()) as { detail: string }).detail]).toEqual([
      404,
      "/text is not published here: its chunks have no place of their own in the source",
    ]);
  });

  it("make the whole store absent where there are no others", async () => {
    const app = appOf(variableOf("sst", sharded));
    for (const key of ["", "/", "/.zmetadata", "/.zgroup", "/sst/0"]) {
      const response = await app.request(`${url}${key}`);
      expect([key, response.status]).toEqual([key, 404]);
      expect(((await response.json()) as { detail: string }).detail).toContain("sharding_indexed");
    }
  });
});
