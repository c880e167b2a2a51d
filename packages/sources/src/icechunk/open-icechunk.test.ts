import { once } from "node:events";
import { cp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { ChunkSource } from "@zarr-gateway/dataset";
import { fileStore, memoryStore } from "@zarr-gateway/stores";
import { recordingStore, temporaryFolder } from "@zarr-gateway/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { icechunkOpener, parseIcechunkLocation } from "./icechunk-opener.ts";
import { ManifestCache } from "./manifest-cache.ts";
import { type OpenIcechunkOptions, openIcechunk } from "./open-icechunk.ts";
import { arraysOf, chunkIndices, FIXTURES, unpackedEntries } from "./test-repositories.ts";

const coder = createChunkCoder();
const V1 = new URL("v1/", FIXTURES);
let entries: Map<string, Uint8Array>;
beforeAll(async () => {
  entries = await unpackedEntries(V1);
});

async function openCounted(options: Partial<OpenIcechunkOptions> = {}) {
  const store = recordingStore(memoryStore(entries));
  const dataset = await openIcechunk(store, { coder, ...options });
  const source = (path: string): ChunkSource => {
    const found = arraysOf(dataset).get(path);
    if (found) return found;
    throw new Error("the fixture has this array");
  };
  return { store, dataset, source };
}

describe("reading a repository", () => {
  it("opens with the reference and the snapshot, and reads the one manifest that covers a chunk", async () => {
    const { store, source } = await openCounted();
    expect(store.calls.filter(({ bytes }) => bytes > 0)).toHaveLength(2);
    store.reset();
    const many = source("many");
    await many.read([9, 1]);
    await many.read([8, 0]);
    expect(store.calls.filter(({ key }) => key.startsWith("manifests/"))).toHaveLength(1);
    await many.read([19, 0]);
    expect(store.calls.filter(({ key }) => key.startsWith("manifests/"))).toHaveLength(2);
    expect(store.calls.filter(({ key }) => key.startsWith("chunks/"))).toHaveLength(0); // inline
  });

  it("reads of a shard its index and the chunk that is asked for", async () => {
    const { store, source } = await openCounted();
    const sharded = source("model a/deep/sharded");
    expect(sharded.grid.chunkShape).toEqual([2, 5]);
    expect(sharded.stored?.grid.chunkShape).toEqual([4, 10]);
    await sharded.read([0, 0]);
    store.reset();
    await sharded.read([1, 1]);
    const [call, ...others] = store.calls;
    expect(others).toEqual([]);
    const shard = await sharded.stored?.stat([0, 0]);
    expect(call?.bytes).toBeLessThan(shard?.size ?? 0);
  });

  it("tells size, version and address of stored chunks without reading them", async () => {
    const { store, source } = await openCounted({ location: new URL("https://h/repo") });
    const tas = source("tas");
    const bytes = await tas.stored?.read([0, 0, 0]);
    store.reset();
    const stat = await tas.stored?.stat([0, 0, 0]);
    const place = await tas.stored?.locate?.([0, 0, 0]);
    expect(store.calls).toEqual([]);
    expect(stat?.size).toBe(bytes?.length);
    expect(place).toMatchObject({ offset: 0, length: bytes?.length });
    expect(place?.url.href).toMatch(/^https:\/\/h\/repo\/chunks\/[0-9A-Z]{20}$/);
    expect(await tas.stored?.stat([2, 0, 0])).toBeUndefined();
    expect(await tas.stored?.locate?.([2, 0, 0])).toBeUndefined();
    const inline = await source("lat").stored?.locate?.([0]);
    const text = inline?.url.href.split(",")[1] ?? "";
    expect(Buffer.from(text, "base64")).toEqual(Buffer.from((await source("lat").stored?.read([0])) ?? []));
  });

  it("keeps no more manifests in memory than allowed", async () => {
    const manifests = new ManifestCache({ manifestCacheBytes: 1500 });
    const { store, source } = await openCounted({ manifests, location: new URL("https://h/repo") });
    for (let turn = 0; turn < 2; turn += 1) {
      for (const index of chunkIndices(source("many"))) await source("many").read(index);
      expect(manifests.bytes).toBeLessThanOrEqual(1500);
    }
    expect(store.calls.filter(({ key }) => key.startsWith("manifests/")).length).toBeGreaterThan(3);
  });

  it("refuses files that are larger than allowed, stored or decompressed", async () => {
    const open = (limits: object) => openIcechunk(fileStore(fileURLToPath(V1)), { coder, limits });
    await expect(open({ maxSnapshotBytes: 300 })).rejects.toMatchObject({ code: "unsupported" });
    await expect(open({ maxSnapshotBytes: 2000 })).rejects.toThrow(/larger than 2000 bytes/);
    await expect(open({ maxNodes: 3 })).rejects.toMatchObject({ code: "unsupported" });
    const { source } = await openCounted({ limits: { maxManifestBytes: 50 } });
    await expect(source("tas").read([0, 0, 0])).rejects.toMatchObject({ code: "unsupported" });
  });

  it("says which file is missing, and never takes that for a chunk that was not written", async () => {
    const whole = entries;
    for (const folder of ["chunks/", "manifests/"]) {
      entries = new Map([...whole].filter(([key]) => !key.startsWith(folder)));
      const { source } = await openCounted();
      await expect(source("tas").read([0, 0, 0])).rejects.toMatchObject({
        code: "upstream",
        message: expect.stringMatching(
          `"${folder}[0-9A-Z]{20}" of the Icechunk repository is missing`,
        ) as string,
      });
    }
    entries = new Map([...whole].filter(([key]) => !key.startsWith("snapshots/")));
    await expect(openCounted()).rejects.toThrow(
      /"snapshots\/.*" of the Icechunk repository is missing, refs\/branch.main/,
    );
    entries = new Map(
      [...whole].map(([key, bytes]) => [key, key.startsWith("chunks/") ? bytes.subarray(0, 20) : bytes]),
    );
    const { source } = await openCounted();
    await expect(source("tas").read([0, 0, 0])).rejects.toThrow(/truncated/);
    entries = whole;
  });
});

describe("a branch", () => {
  it("is current until it moves, and gone when it is deleted", async () => {
    const moving = new Map(entries);
    const open = (pin: object) => openIcechunk(memoryStore(moving), { coder, ...pin });
    const dataset = await open({ branch: "main" });
    const tag = await open({ tag: "v1" });
    moving.set("refs/branch.main/ref.json", moving.get("refs/branch.dev/ref.json") ?? new Uint8Array());
    expect(await dataset.isCurrent?.()).toBe(false);
    expect((await open({})).version).not.toBe(dataset.version);
    moving.delete("refs/branch.main/ref.json");
    expect(await dataset.isCurrent?.()).toBe(false);
    expect(await tag.isCurrent?.()).toBe(true);
  });

  it("of version 2 moves with its file", async () => {
    const moving = await unpackedEntries(new URL("v2-virtual/", FIXTURES));
    const store = recordingStore(memoryStore(moving));
    const dataset = await openIcechunk(store, { coder });
    store.reset();
    expect(await dataset.isCurrent?.()).toBe(true);
    expect(store.reads).toBe(0);
    const before = [...moving].find(([key]) => key.startsWith("overwritten/"))?.[1];
    moving.set("repo", before ?? new Uint8Array());
    expect(await dataset.isCurrent?.()).toBe(false);
    moving.set("repo", Uint8Array.of(1, 2, 3));
    await expect(dataset.isCurrent?.()).rejects.toMatchObject({ code: "upstream" });
  });
});

describe("the opener", () => {
  it("reads from a web server", async () => {
    const server = createServer((request, response) => {
      const bytes = entries.get(decodeURIComponent((request.url ?? "").slice("/repo/".length)));
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      if (!bytes) return void response.writeHead(404).end();
      if (from === undefined)
        return void response.writeHead(200, { "content-length": bytes.length }).end(bytes);
      const part = bytes.subarray(Number(from), Number(to) + 1);
      const last = Number(from) + part.length - 1;
      response.writeHead(206, { "content-range": `bytes ${from}-${last}/${bytes.length}` }).end(part);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/repo/`); // it listens on TCP
    const opener = icechunkOpener({ stores: { allow: [base] }, coder });
    const dataset = await opener.open(new URL(`icechunk+${base.href}`));
    const local = await openCounted();
    for (const path of ["tas", "many", "model a/deep/sharded"]) {
      const source = arraysOf(dataset).get(path);
      const [index = []] = source ? chunkIndices(source) : [];
      expect(await source?.read(index), path).toEqual(await local.source(path).read(index));
    }
    expect(await dataset.isCurrent?.()).toBe(true);
    await dataset.close?.();
    server.close();
  });

  it("takes locations that begin with icechunk+, and a fragment for another state", async () => {
    const opener = icechunkOpener({ stores: { allow: [FIXTURES] }, coder, branch: "dev" });
    const location = new URL(`icechunk+${V1.href}`);
    expect([location, V1, new URL("icechunk+s3://b/x")].map(opener.accepts)).toEqual([true, false, true]);
    const dev = await opener.open(location);
    const main = await opener.open(new URL(`${location.href}#branch=main`));
    const tag = await opener.open(new URL(`${V1.href}#tag=v1`));
    expect(dev.version).not.toBe(main.version);
    expect([dev.immutable, tag.immutable]).toEqual([false, true]);
    for (const dataset of [dev, main, tag]) await dataset.close?.();
    for (const hash of ["#x=1", "#branch=a&tag=b", "#branch=a&branch=b"]) {
      expect(() => parseIcechunkLocation(new URL(`${location.href}${hash}`)), hash).toThrow(/one of/);
    }
    await expect(opener.open(new URL("icechunk+file:///etc/"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(opener.open(new URL("icechunk+https://h/x?branch=a"))).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("keeps manifests from one opening to the next, each repository its own", async () => {
    const folder = await temporaryFolder();
    await cp(V1, join(folder.path, "a"), { recursive: true });
    await cp(V1, join(folder.path, "b"), { recursive: true });
    const base = pathToFileURL(`${folder.path}/`);
    const opener = icechunkOpener({ stores: { allow: [base] }, coder });
    const read = async (name: string) => {
      const dataset = await opener.open(new URL(`icechunk+${new URL(`${name}/`, base).href}`));
      try {
        return await arraysOf(dataset).get("many")?.read([0, 0]);
      } finally {
        await dataset.close?.();
      }
    };
    const first = await read("a");
    await rm(join(folder.path, "a", "manifests"), { recursive: true });
    await rm(join(folder.path, "b", "manifests"), { recursive: true });
    expect(await read("a")).toEqual(first);
    await expect(read("b")).rejects.toThrow(/is missing/);
    await folder.remove();
  });
});
