import { createChunkCoder } from "@zarr-gateway/codecs";
import type { ChunkSource } from "@zarr-gateway/dataset";
import { fileStore, memoryStore, storeAccess } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { openIcechunk } from "./open-icechunk.ts";
import { arraysOf, FIXTURES, readJson, TARGETS, virtualTargets } from "./test-repositories.ts";
import type { VirtualOptions } from "./virtual-targets.ts";

const coder = createChunkCoder();

async function openArray(
  repository: "v1" | "v2-virtual",
  path: string,
  virtual?: VirtualOptions,
): Promise<ChunkSource> {
  const location = new URL(`${repository}/`, FIXTURES);
  const dataset = await openIcechunk(fileStore(location.pathname), {
    coder,
    location,
    ...(virtual && { virtual }),
  });
  const source = arraysOf(dataset).get(path);
  if (!source) throw new Error("the fixture has this array");
  return source;
}

describe("virtual chunks", () => {
  it("are read from the files that they lie in, each opened once", async () => {
    const targets = virtualTargets();
    const source = await openArray("v1", "virtual", targets);
    expect((await source.read([0, 0]))?.values).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    expect((await source.read([1, 0]))?.values).toEqual(Int32Array.of(8, 9, 10, 11, 12, 13, 14, 15));
    expect(await source.read([2, 0])).toBeUndefined();
    expect(targets.opened).toEqual([new URL("target.bin", TARGETS).href]);
  });

  it("are found by compressed and by relative addresses", async () => {
    const expected = await readJson<Record<string, number[]>>("v2-virtual.json");
    const source = await openArray("v2-virtual", "many", virtualTargets());
    expect([...((await source.read([0]))?.values ?? [])]).toEqual(expected["many/c/0"]);
    expect([...((await source.read([1]))?.values ?? [])]).toEqual(expected["many/c/1"]);
    const place = { url: new URL("target-01199.bin", TARGETS), offset: 148, length: 16 };
    expect(await source.stored?.locate?.([1199])).toEqual(place);
    await expect(source.read([1199])).rejects.toMatchObject({ code: "upstream" });
    const relative = await openArray("v2-virtual", "relative", virtualTargets());
    expect([...((await relative.read([0]))?.values ?? [])]).toEqual(expected["many/c/1"]);
    await expect(relative.read([1])).rejects.toThrow(/no container "nobody"/);
  });

  it("are refused outside of the allowed locations, and all of them where none are allowed", async () => {
    const targets = virtualTargets();
    const forbidden = await openArray("v1", "forbidden", targets);
    await expect(forbidden.read([0])).rejects.toMatchObject({ code: "forbidden" });
    await expect(forbidden.stored?.read([0])).rejects.toMatchObject({ code: "forbidden" });
    await expect(forbidden.stored?.locate?.([0])).rejects.toMatchObject({ code: "forbidden" });
    await expect((await openArray("v1", "virtual")).read([0, 0])).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(targets.opened).toEqual([]);
  });

  it.each([
    ["v1", "virtual-etag", [0, 0], { etag: "the-etag" }, true],
    ["v1", "virtual-etag", [0, 0], { etag: '"the-etag"' }, true],
    ["v1", "virtual-etag", [0, 0], { etag: "another" }, false],
    ["v1", "virtual-etag", [0, 0], { etag: undefined }, false],
    ["v1", "virtual-time", [0, 0], { modifiedAt: Date.UTC(2024, 4, 6, 7, 8, 9) }, true],
    ["v1", "virtual-time", [0, 0], { modifiedAt: Date.UTC(2024, 4, 6, 7, 8, 9, 1) }, false],
    ["v1", "virtual-time", [0, 0], { modifiedAt: undefined }, false],
    ["v2-virtual", "many", [2], { etag: "the-etag" }, true],
    ["v2-virtual", "many", [2], { etag: "another" }, false],
    ["v2-virtual", "many", [3], { modifiedAt: Date.UTC(2024, 4, 6, 7, 8, 9) }, true],
    ["v2-virtual", "many", [3], { modifiedAt: Date.UTC(2024, 4, 6, 7, 8, 10) }, false],
  ] as const)("of %s %s %j with a target of %j: %s", async (repository, path, index, facts, isRead) => {
    const read = (await openArray(repository, path, virtualTargets(facts as object))).read(index); // undefined: the target cannot tell
    if (isRead) expect((await read)?.values.length).toBeGreaterThan(0);
    else
      await expect(read).rejects.toMatchObject({
        code: "upstream",
        message: expect.stringContaining("no longer the file") as string,
      });
  });

  it("without condition follow their target, and show that in their version", async () => {
    const entries = new Map([["target.bin", new Uint8Array(164)]]);
    const store = memoryStore(entries);
    const openAccess: VirtualOptions["openAccess"] = () => storeAccess(store, "target.bin");
    const source = await openArray("v1", "virtual", { allow: [TARGETS], openAccess });
    expect((await source.read([0, 0]))?.values[0]).toBe(0);
    const before = await source.stored?.stat([0, 0]);
    entries.set("target.bin", new Uint8Array(164).fill(1));
    const after = await source.stored?.stat([0, 0]);
    expect(after?.size).toBe(before?.size);
    expect(after?.version).not.toBe(before?.version);
    entries.set("target.bin", new Uint8Array(164).fill(2));
    expect((await source.read([0, 0]))?.values[0]).toBe(0x02020202);
    entries.set("target.bin", new Uint8Array(120));
    await expect(source.read([0, 0])).rejects.toThrow(/truncated/);
    entries.delete("target.bin");
    await expect(source.read([0, 0])).rejects.toMatchObject({ code: "upstream" });
  });
});
