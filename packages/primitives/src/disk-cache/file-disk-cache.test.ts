import { execFile } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DiskCache } from "../disk-cache.ts";
import { createDiskCache, type DiskCacheOptions } from "./file-disk-cache.ts";

const CHURN = fileURLToPath(new URL("./churn-process.ts", import.meta.url));
const MIB = 1024 ** 2;

let folder: string;
let problems: string[];
const opened: DiskCache[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-cache-"));
  problems = [];
});
afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close();
  rmSync(folder, { recursive: true, force: true });
});

function openCache(options: Partial<DiskCacheOptions> = {}): DiskCache {
  const onProblem = (message: string) => problems.push(message);
  const cache = createDiskCache({ path: folder, maxBytes: 8 * MIB, generation: "1", onProblem, ...options });
  opened.push(cache);
  return cache;
}

/** Keeps and closes, so that everything is written. */
async function keepAll(
  entries: Readonly<Record<string, Uint8Array | undefined>>,
  options: Partial<DiskCacheOptions> = {},
): Promise<DiskCache> {
  const cache = openCache(options);
  for (const [key, bytes] of Object.entries(entries)) cache.keep(key, { bytes, costMs: 50 });
  await cache.close();
  return cache;
}

function filled(length: number, value = 7): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function entryFiles(): string[] {
  return files().filter((path) => /[0-9a-f]{64}$/.test(path));
}

/** Of the file system's blocks, as the disk counts them. */
function diskBytes(): number {
  return files().reduce((sum, path) => sum + statSync(path).blocks * 512, 0);
}

function bytesAt(cache: DiskCache, key: string): Promise<number[] | "absent" | undefined> {
  return cache.get(key).then((kept) => kept && (kept.bytes ? [...kept.bytes] : "absent"));
}

describe("the disk cache", () => {
  it("gives back in another process what was kept, what is absent included", async () => {
    await keepAll({ a: Uint8Array.of(1, 2, 3), none: undefined, empty: new Uint8Array(0) });
    const cache = openCache();
    expect(await bytesAt(cache, "a")).toEqual([1, 2, 3]);
    expect(await bytesAt(cache, "none")).toBe("absent");
    expect(await bytesAt(cache, "empty")).toEqual([]);
    expect(await cache.get("other")).toBeUndefined();
    expect((await cache.get("a"))?.costMs).toBe(50);
    expect(cache.counts).toMatchObject({ hits: 4, misses: 1, damaged: 0 });
    expect(problems).toEqual([]);
  });

  it("finds nothing of another generation", async () => {
    await keepAll({ a: filled(10) });
    expect(await openCache({ generation: "2" }).get("a")).toBeUndefined();
  });

  it("never gives back an entry that was damaged anywhere, and removes it", async () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, at) => at);
    await keepAll({ a: bytes });
    const [path = ""] = entryFiles();
    const whole = readFileSync(path);
    const cache = openCache();
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      expect(await cache.get("a"), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 1, 63, 64, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect(await cache.get("a"), `${length} bytes`).toBeUndefined();
      expect(entryFiles()).toEqual([]);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.of(0)]));
    expect(await cache.get("a")).toBeUndefined();
    expect(cache.counts.damaged).toBe(whole.length + 6);
    writeFileSync(path, whole);
    expect(await bytesAt(cache, "a")).toEqual([...bytes]);
  });

  it("does not take the file of one key for another's", async () => {
    await keepAll({ a: filled(10), b: filled(10, 9) });
    const [first = "", second = ""] = entryFiles();
    writeFileSync(second, readFileSync(first));
    const cache = openCache();
    const found = [await bytesAt(cache, "a"), await bytesAt(cache, "b")];
    expect(found.filter((bytes) => bytes === undefined)).toHaveLength(1);
    expect(cache.counts.damaged).toBe(1);
  });

  it("stays within its size, and keeps what saves the most time for its size", async () => {
    const cache = openCache({ maxBytes: 2 * MIB });
    cache.keep("precious", { bytes: filled(50_000), costMs: 5000 });
    for (let number = 0; number < 200; number += 1) {
      cache.keep(`cheap ${number}`, { bytes: filled(50_000), costMs: 3 });
      await cache.get("precious");
    }
    await cache.close();
    expect(diskBytes()).toBeLessThanOrEqual(2 * MIB);
    expect(entryFiles().length).toBeGreaterThan(20);
    expect(cache.counts).toMatchObject({ writes: 201, evictions: 201 - entryFiles().length });
    expect(await openCache({ maxBytes: 2 * MIB }).get("precious")).toBeDefined();
  });

  it("does not keep what is made as fast as it is read, nor what would push out everything else", async () => {
    const cache = openCache({ maxBytes: 2 * MIB });
    cache.keep("fast", { bytes: filled(10), costMs: 0.5 });
    cache.keep("huge", { bytes: filled(MIB), costMs: 5000 });
    await cache.close();
    expect(entryFiles()).toEqual([]);
  });

  it("drops what the disk cannot keep up with", () => {
    const cache = openCache({ maxBytes: 2048 * MIB });
    for (let number = 0; number < 20; number += 1) {
      cache.keep(`${number}`, { bytes: filled(16 * MIB), costMs: 1000 });
    }
    expect(cache.counts.dropped).toBe(16);
  });

  it("makes its index anew from the files where it is lost or damaged, and shrinks to a smaller size", async () => {
    const entries = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`${at}`, filled(40_000, at)]));
    await keepAll(entries);
    const index = files().find((path) => path.endsWith("index.sqlite")) ?? "";
    writeFileSync(index, filled(10_000));
    const cache = openCache();
    await expect.poll(() => cache.counts.bytes, { timeout: 10_000 }).toBeGreaterThan(40 * 40_000);
    expect(await bytesAt(cache, "39")).toEqual([...filled(40_000, 39)]);
    await cache.close();
    rmSync(index);
    const small = openCache({ maxBytes: MIB });
    await expect.poll(() => small.counts.bytes, { timeout: 10_000 }).toBeLessThan(MIB);
    await expect.poll(() => entryFiles().length, { timeout: 10_000 }).toBeLessThan(26);
    expect(problems).toEqual([]);
  });

  it("goes on without a folder that cannot be made, and says so once", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const cache = openCache({ path: file });
    for (let number = 0; number < 5; number += 1) {
      expect(await cache.get(`${number}`)).toBeUndefined();
      cache.keep(`${number}`, { bytes: filled(10), costMs: 50 });
    }
    await expect.poll(() => problems.length).toBeGreaterThan(0);
    await cache.close();
    expect(problems.length).toBeLessThanOrEqual(3);
    expect(new Set(problems).size).toBe(problems.length);
  });

  it.skipIf(process.getuid?.() === 0)("reads a folder that it may not write", async () => {
    await keepAll({ a: filled(3) });
    const shard = join(entryFiles()[0] ?? "", "..");
    for (const path of [shard, join(shard, "..")]) await chmod(path, 0o500);
    try {
      expect(await bytesAt(openCache(), "a")).toEqual([7, 7, 7]);
    } finally {
      for (const path of [join(shard, ".."), shard]) await chmod(path, 0o700);
    }
  });

  it("is shared by processes that write the same keys, of which one is killed", {
    timeout: 60_000,
  }, async () => {
    const churn = (seed: number, end = "") =>
      new Promise<string>((resolve) => {
        const args = [CHURN, folder, `${2 * MIB}`, `${seed}`, "600", end];
        execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
      });
    const outputs = await Promise.all([churn(1), churn(2), churn(3, "kill")]);
    expect(outputs[2]).toBe("");
    for (const output of outputs.slice(0, 2)) {
      expect(JSON.parse(output)).toMatchObject({ damaged: 0 });
      expect((JSON.parse(output) as { hits: number }).hits).toBeGreaterThan(50); // the process prints its counts
    }
    const whole = entryFiles();
    expect(diskBytes()).toBeLessThanOrEqual(2 * MIB);
    expect(whole.length).toBeGreaterThan(20);
    expect(JSON.parse(await churn(4))).toMatchObject({ damaged: 0, dropped: 0 });
    expect(diskBytes()).toBeLessThanOrEqual(2 * MIB);
  });
});
