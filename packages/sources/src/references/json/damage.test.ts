import { readFile } from "node:fs/promises";
import { zstdCompressSync } from "node:zlib";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { isGatewayError } from "@zarr-gateway/primitives";
import { memoryStore, type RandomAccess, storeAccess } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { openReferences } from "../open-references.ts";
import { openJsonReferences } from "./json-references.ts";

const FIXTURES = new URL("../../../fixtures/references/", import.meta.url);
const coder = createChunkCoder();

function accessOf(bytes: Uint8Array): Promise<RandomAccess> {
  return storeAccess(memoryStore(new Map([["set", bytes]])), "set");
}

describe("damaged JSON sets", () => {
  it("are refused or read, and never anything else", async () => {
    let seed = 11;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const targets = { allow: [], openAccess: () => Promise.reject(new Error("nothing is allowed")) };
    for (const name of [
      "version-1.json",
      "version-0.json",
      "templates.json",
      "generated.json",
      "compressed.json.zst",
    ]) {
      const original = await readFile(new URL(name, FIXTURES));
      for (let trial = 0; trial < 150; trial += 1) {
        let bytes = new Uint8Array(original);
        for (let change = 0; change <= random(4); change += 1) bytes[random(bytes.length)] = 32 + random(96);
        if (trial % 10 === 0) bytes = bytes.subarray(0, random(bytes.length));
        try {
          const dataset = openReferences(await openJsonReferences(await accessOf(bytes)), { coder, targets });
          for (const { source } of dataset.variables.values())
            await source.read(source.grid.shape.map(() => 0));
        } catch (error) {
          expect(isGatewayError(error), `${name} ${trial}: ${String(error)}`).toBe(true);
        }
      }
    }
  });

  it("are refused when they become too large", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000, 32));
    expect(bomb.length).toBeLessThan(10_000);
    const limits = { maxJsonBytes: 1_000_000 };
    await expect(openJsonReferences(await accessOf(bomb), { limits })).rejects.toMatchObject({
      code: "unsupported",
    });
    const long = await accessOf(Buffer.alloc(1_000_001, 32));
    await expect(openJsonReferences(long, { limits })).rejects.toThrow("write it as Parquet");
    const nodes = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`g${i}/.zgroup`, { zarr_format: 2 }]),
    );
    const set = await openJsonReferences(await accessOf(Buffer.from(JSON.stringify(nodes))));
    const targets = { allow: [], openAccess: () => Promise.reject(new Error("not here")) };
    expect(() => openReferences(set, { coder, targets, limits: { maxNodes: 20 } })).toThrow("more than 20");
  });
});
