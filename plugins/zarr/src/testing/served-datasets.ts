/** Datasets in memory behind the routes of this plugin, and what was asked of them. */
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Chunk, ChunkSource, Dataset, FillValue, StoredChunks, Variable } from "@zarr-gateway/dataset";
import { problemResponse } from "@zarr-gateway/http";
import type { DatasetEnv, Host } from "@zarr-gateway/plugin";
import { createByteCache, GatewayError } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { createPublisher } from "../publisher.ts";
import { datasetKeyRoutes } from "../routes.ts";
import { serverTreeRoutes } from "../server-tree.ts";

export const BYTES = { name: "bytes", configuration: { endian: "little" } } as const;
export const ZSTD = { name: "zstd", configuration: { level: 1, checksum: false } } as const;
export const coder = createChunkCoder();

export interface ZarrJson {
  readonly codecs: readonly { readonly name: string }[];
}

/** What a test's source was asked for. */
export interface Reads {
  reads: number;
  stats: number;
}

/** A float32 variable of 4 elements in chunks of 2; the second chunk was never written. */
export function variableOf(
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

export function storedOf(codecs: StoredChunks["codecs"], bytes: Uint8Array, counts: Reads): StoredChunks {
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

export function groupOf(
  variables: readonly Variable[],
  groups: Readonly<Record<string, Dataset>> = {},
): Dataset {
  return {
    attrs: { title: "test" },
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(Object.entries(groups)),
    version: "v1",
  };
}

export function appOf(datasets: Readonly<Record<string, Dataset>>, warnings: string[] = []) {
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

export async function bytesOf(response: Response | Promise<Response>): Promise<Uint8Array> {
  return new Uint8Array(await (await response).arrayBuffer());
}
