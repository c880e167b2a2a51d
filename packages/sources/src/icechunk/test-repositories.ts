import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import {
  type ChunkIndex,
  type ChunkSource,
  chunkCounts,
  type Dataset,
  walkGroups,
} from "@zarr-gateway/dataset";
import { fileStore, type RandomAccess, storeAccess } from "@zarr-gateway/stores";
import type { VirtualOptions } from "./virtual-targets.ts";

/** Only tests import this: repositories that are there, and what is in them. */
export const FIXTURES = new URL("../../fixtures/icechunk/", import.meta.url);
/** Where the fixtures say that their virtual chunks lie. */
export const TARGETS = new URL("file:///srv/zarr-gateway-fixture/");

export async function readJson<Value>(name: string): Promise<Value> {
  return JSON.parse(await readFile(new URL(name, FIXTURES), "utf8")) as Value; // scripts beside the fixtures write it
}

/** `target.bin` under the address that the fixtures give it, with other facts than those on the disk. */
export function virtualTargets(
  facts: Partial<RandomAccess> = {},
): VirtualOptions & { readonly opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    allow: [TARGETS],
    async openAccess(location) {
      opened.push(location.href);
      const key = location.pathname.slice(TARGETS.pathname.length);
      return { ...(await storeAccess(fileStore(fileURLToPath(FIXTURES)), key)), ...facts };
    },
  };
}

/** Files of a repository by key, with their content no longer compressed. */
export async function unpackedEntries(repository: URL): Promise<Map<string, Uint8Array>> {
  const folder = fileURLToPath(repository);
  const entries = new Map<string, Uint8Array>();
  for (const found of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(found.parentPath, found.name);
    if (found.isFile()) entries.set(relative(folder, path), unpacked(await readFile(path)));
  }
  return entries;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  if (!Buffer.from(bytes.subarray(0, 3)).equals(Buffer.from("ICE")) || bytes[38] !== 1) return bytes;
  const header = Uint8Array.from(bytes.subarray(0, 39));
  header[38] = 0;
  return Buffer.concat([header, zstdDecompressSync(bytes.subarray(39))]);
}

export function arraysOf(dataset: Dataset): Map<string, ChunkSource> {
  const arrays = new Map<string, ChunkSource>();
  for (const [path, group] of walkGroups(dataset)) {
    for (const { name, source } of group.variables.values()) arrays.set([...path, name].join("/"), source);
  }
  return arrays;
}

/** Indices of at most so many chunks, in C order. */
export function* chunkIndices(source: ChunkSource, atMost = Number.POSITIVE_INFINITY): Generator<ChunkIndex> {
  const counts = chunkCounts(source.grid);
  const total = counts.reduce((product, count) => product * count, 1);
  for (let position = 0; position < Math.min(total, atMost); position += 1) {
    yield counts.map((count, axis) => {
      const below = counts.slice(axis + 1).reduce((product, next) => product * next, 1);
      return Math.floor(position / below) % count;
    });
  }
}

/** All values in C order, NaN and 64-bit integers in the words of JSON. */
export async function valuesOf(source: ChunkSource): Promise<unknown[]> {
  const { shape, chunkShape } = source.grid;
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, length) => product * length, 1),
  );
  const values = new Array<unknown>(shape.reduce((product, length) => product * length, 1)).fill(
    plain(source.fill),
  );
  for (const index of chunkIndices(source)) {
    const chunk = await source.read(index);
    for (const [position, value] of chunk ? [...chunk.values].entries() : []) {
      let rest = position;
      let target = 0;
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        const length = chunk?.shape[axis] ?? 1;
        target += ((index[axis] ?? 0) * (chunkShape[axis] ?? 1) + (rest % length)) * (strides[axis] ?? 1);
        rest = Math.floor(rest / length);
      }
      values[target] = plain(value);
    }
  }
  return values;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Number.isNaN(value) ? null : value;
}
