import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { memoryStore } from "@zarr-gateway/stores";
import { recordingStore } from "@zarr-gateway/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { openZarr } from "./open-zarr.ts";

const FIXTURE = new URL("../../fixtures/zarr/v3-sharded.zarr/", import.meta.url);
const KEYS = ["zarr.json", "end/zarr.json", "end/c/0/0", "end/c/1/0"];
const SHARD = "end/c/1/0";

describe("a shard that changes", () => {
  let entries: Map<string, Uint8Array>;
  const open = async () => {
    const store = recordingStore(memoryStore(entries));
    const dataset = await openZarr(store, { coder: createChunkCoder() });
    const source = dataset.variables.get("end")?.source;
    if (!source) throw new Error("the fixture has this array");
    return { store, source };
  };
  const bytes = (key: string): Uint8Array => entries.get(key) ?? new Uint8Array(0);
  beforeEach(async () => {
    entries = new Map();
    for (const key of KEYS) entries.set(key, await readFile(new URL(key, FIXTURE)));
  });

  it("is read by its new index, never by the old one", async () => {
    const { store, source } = await open();
    const before = await source.read([2, 0]);
    // the first shard has other offsets, because one of its inner chunks is missing
    entries.set(SHARD, bytes("end/c/0/0").slice());
    expect(await source.read([2, 0])).toBeUndefined();
    expect((await source.read([2, 1]))?.values).toEqual((await source.read([0, 1]))?.values);
    entries.set(SHARD, await readFile(new URL(SHARD, FIXTURE)));
    expect(await source.read([2, 0])).toEqual(before);
    entries.delete(SHARD);
    expect(await source.read([2, 0])).toBeUndefined();
    expect(store.reads).toBeLessThan(20);
  });

  it("fails when it is truncated or its index is damaged, and says which chunk", async () => {
    const { source } = await open();
    const whole = bytes(SHARD);
    for (const damage of [
      whole.subarray(0, 10),
      new Uint8Array(0),
      whole.slice(1),
      Uint8Array.from(whole, (value, position) => (position === whole.length - 10 ? value ^ 1 : value)),
    ]) {
      entries.set(SHARD, damage);
      await expect(source.read([2, 0])).rejects.toMatchObject({
        code: "upstream",
        message: expect.stringContaining('chunk [2, 0] of "/end"') as string, // a matcher
      });
    }
  });

  it("gives up when it changes between every two reads", async () => {
    const { source } = await open();
    let turn = 0;
    const get = entries.get.bind(entries);
    entries.get = (key) => {
      turn += 1;
      return key === SHARD ? Uint8Array.from([turn, ...(get(key) ?? []).slice(1)]) : get(key);
    };
    await expect(source.read([2, 1])).rejects.toThrow(/changes faster/);
  });

  it("refuses an index outside the grid", async () => {
    const { source } = await open();
    for (const index of [[4, 0], [0, 2], [0], [0, 0, 0], [-1, 0], [0.5, 0]]) {
      await expect(source.read(index), String(index)).rejects.toMatchObject({ code: "invalid_request" });
    }
  });
});
