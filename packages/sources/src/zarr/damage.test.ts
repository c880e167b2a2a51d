import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { chunkCounts, walkGroups } from "@zarr-gateway/dataset";
import { isGatewayError } from "@zarr-gateway/primitives";
import { memoryStore } from "@zarr-gateway/stores";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openZarr } from "./open-zarr.ts";

const FIXTURES = new URL("../../fixtures/zarr/", import.meta.url);
const STORES = ["v2-array.zarr", "v2-consolidated.zarr", "v3-plain.zarr", "v3-sharded.zarr"];
/** Chunks read of one damaged store: a damaged shape can make trillions of them. */
const MAX_CHUNKS = 8;
const coder = createChunkCoder({ maxChunkBytes: 1e6 });

/** Change of one entry: bytes from a position on are cut, or one is replaced. */
interface Damage {
  readonly entry: number;
  readonly position: number;
  readonly kind: "cut" | "replace" | "digit";
  readonly value: number;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  entry: fc.nat(),
  position: fc.nat(),
  kind: fc.constantFrom("cut", "replace", "digit"),
  value: fc.nat(255),
});

function damaged(
  entries: ReadonlyMap<string, Uint8Array>,
  { entry, position, kind, value }: Damage,
): Map<string, Uint8Array> {
  const keys = [...entries.keys()];
  const key = keys[entry % keys.length] ?? "";
  const bytes = Uint8Array.from(entries.get(key) ?? []);
  const at = bytes.length === 0 ? 0 : position % bytes.length;
  if (kind === "cut") return new Map([...entries, [key, bytes.subarray(0, at)]]);
  // digits keep JSON whole, so that the numbers in it become wrong instead
  bytes[at] = kind === "digit" ? 0x30 + (value % 10) : value;
  return new Map([...entries, [key, bytes]]);
}

async function readAll(entries: Map<string, Uint8Array>): Promise<void> {
  const dataset = await openZarr(memoryStore(entries), { coder });
  for (const [, group] of walkGroups(dataset)) {
    for (const { source } of group.variables.values()) {
      const counts = chunkCounts(source.grid);
      const total = counts.reduce((product, count) => product * count, 1);
      for (let position = 0; position < Math.min(total, MAX_CHUNKS); position += 1) {
        let rest = position;
        const index = counts.map((count) => {
          const value = rest % count;
          rest = Math.floor(rest / count);
          return value;
        });
        await source.read(index);
      }
    }
  }
}

describe.each(STORES)("%s with damage anywhere", (name) => {
  const entries = new Map<string, Uint8Array>();
  beforeAll(async () => {
    const folder = fileURLToPath(new URL(`${name}/`, FIXTURES));
    for (const found of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(found.parentPath, found.name);
      if (found.isFile()) entries.set(relative(folder, path), await readFile(path));
    }
  });

  it("opens, or fails with an error of this project, and takes no memory by what it declares", async () => {
    expect(entries.size).toBeGreaterThan(2);
    await readAll(entries);
    await fc.assert(
      fc.asyncProperty(damage, async (change) => {
        try {
          await readAll(damaged(entries, change));
        } catch (error) {
          if (!isGatewayError(error) || error.code === "internal") throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
