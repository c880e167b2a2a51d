import { createChunkCoder, openShardIndex } from "@zarr-gateway/codecs";
import { openZarr } from "@zarr-gateway/sources";
import { memoryStore } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { awaitedStore, WaitingReads, type WriterState } from "./awaited-store.ts";
import { WholeShards } from "./whole-shards.ts";

const bytesCodec = { name: "bytes", configuration: { endian: "little" } };
const indexCodecs = [bytesCodec, { name: "crc32c", configuration: {} }];

/** `x(step=6, y=2)` of float32 in shards of four steps, so that the second one has but two; fill is 0. */
const ARRAY = {
  zarr_format: 3,
  node_type: "array",
  shape: [6, 2],
  data_type: "float32",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [4, 2] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  codecs: [
    {
      name: "sharding_indexed",
      configuration: {
        chunk_shape: [1, 2],
        codecs: [bytesCodec],
        index_codecs: indexCodecs,
        index_location: "end",
      },
    },
  ],
  fill_value: 0,
  dimension_names: ["step", "y"],
  attributes: {},
};

/** As a writer has it that knows these steps so far. */
async function shard(steps: readonly number[]): Promise<Uint8Array> {
  const sharding = {
    chunkShape: [1, 2],
    codecs: [bytesCodec],
    indexCodecs,
    indexLocation: "end" as const,
  };
  const index = await openShardIndex(sharding, [4, 2]);
  const entries = [0, 1, 2, 3].map((step) => {
    const place = steps.indexOf(step);
    return place < 0 ? undefined : { offset: place * 8, length: 8 };
  });
  const data = steps.map((step) => Buffer.from(new Float32Array([step + 1, step + 1.5]).buffer));
  return Buffer.concat([...data, index.format(entries)]);
}

async function written() {
  const group = { zarr_format: 3, node_type: "group", attributes: {} };
  const objects = new Map<string, Uint8Array>([
    ["zarr.json", Buffer.from(JSON.stringify(group))],
    ["x/zarr.json", Buffer.from(JSON.stringify(ARRAY))],
  ]);
  const store = memoryStore(objects);
  let state: WriterState = "writing";
  const shards = new WholeShards(store);
  const live = awaitedStore(store, {
    writer: async () => state,
    isWhole: (key, call) => shards.has(key, call),
    waiting: new WaitingReads(8),
    waitMs: 0,
  });
  const dataset = await openZarr(live, { coder: createChunkCoder() });
  const valueAt = async (step: number): Promise<number | undefined> => {
    const chunk = await dataset.variables.get("x")?.source.read([step, 0]);
    return chunk === undefined ? undefined : Number((chunk.values as Float32Array)[0]); // the type of the store
  };
  return {
    objects,
    live,
    valueAt,
    end: (): void => {
      state = "done";
    },
  };
}

const notYet = { code: "overloaded", details: { retryAfterSeconds: 2 } };

describe("shards that are written anew for each of their chunks", () => {
  it("are waited for until they are whole: what they lack is never fill", async () => {
    const { objects, live, valueAt, end } = await written();
    objects.set("x/c/0/0", await shard([0, 1]));
    await expect(valueAt(0)).rejects.toMatchObject(notYet);
    await expect(valueAt(2)).rejects.toMatchObject(notYet);
    await expect(live.get("x/c/0/0", { range: { suffix: 68 } })).rejects.toMatchObject(notYet);
    objects.set("x/c/0/0", await shard([0, 1, 2, 3]));
    expect([await valueAt(0), await valueAt(2)]).toEqual([1, 3]);
    objects.set("x/c/1/0", (await shard([0])).subarray(0, 40));
    await expect(valueAt(4)).rejects.toMatchObject(notYet);
    objects.set("x/c/1/0", await shard([0]));
    await expect(valueAt(5)).rejects.toMatchObject(notYet);
    end();
    expect([await valueAt(4), await valueAt(5)]).toEqual([1, undefined]);
  });

  it("at the edge have no chunks outside of the array, and need none", async () => {
    const { objects, valueAt } = await written();
    objects.set("x/c/1/0", await shard([0, 1]));
    expect([await valueAt(4), await valueAt(5)]).toEqual([1, 2]);
  });
});
