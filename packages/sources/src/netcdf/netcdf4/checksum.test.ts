import { createChunkCoder } from "@zarr-gateway/codecs";
import { chunkCounts } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { goldenBytes, memoryAccess, variablesOf } from "./fixtures/golden.ts";
import { openNetcdf4 } from "./open-netcdf4.ts";

const noPool: WorkerPool = {
  run: () => Promise.reject(new GatewayError("upstream", "no threads here")),
  queued: 0,
  running: 0,
  close: () => Promise.resolve(),
};
const location = new URL("https://example.org/a.nc");

/** Chunks looked up one by one, so many of each variable. */
const MOST_CHUNKS = 12;

/** Types, shapes and chunk addresses: one line a variable, or the failure. */
async function describeFile(bytes: Uint8Array): Promise<{ lines: string[]; isWhole: boolean }> {
  const dataset = await openNetcdf4(memoryAccess(bytes), {
    location,
    pool: noPool,
    coder: createChunkCoder(),
  });
  const lines: string[] = [];
  let isWhole = true;
  for (const [path, { dtype, fill, grid, stored }] of variablesOf(dataset)) {
    const counts = chunkCounts(grid);
    const step = Math.max(1, Math.floor((counts[0] ?? 1) / MOST_CHUNKS));
    const places: unknown[] = [];
    for (let row = 0; row < (counts[0] ?? 1) && counts[0] !== 0; row += step) {
      try {
        const index = counts.map((_, axis) => (axis === 0 ? row : 0));
        const place = await stored?.locate?.(index);
        places.push(place && [place.offset, place.length]);
      } catch (error) {
        if (!isGatewayError(error)) throw error;
        isWhole = false;
      }
    }
    lines.push(
      JSON.stringify([path, dtype, String(fill), grid, stored?.codecs, places], (_, value: unknown) =>
        typeof value === "bigint" ? `${value}n` : value,
      ),
    );
  }
  return { lines, isWhole: isWhole && (dataset.warnings ?? []).length === 0 };
}

describe("a flipped bit in the structure of an HDF5 file", () => {
  it.each(["index-latest.h5", "index-latest-filtered.h5", "many-latest.h5", "deep-latest.h5"])(
    "is noticed, in whatever structure it is: %s",
    { timeout: 60_000 },
    async (name) => {
      const original = goldenBytes(name);
      const expected = await describeFile(original);
      expect(expected.isWhole || name === "index-latest.h5").toBe(true);
      let noticed = 0;
      for (let position = 8; position < original.length; position += Math.ceil(original.length / 120)) {
        const bytes = new Uint8Array(original);
        bytes[position] = (bytes[position] ?? 0) ^ 4;
        try {
          const found = await describeFile(bytes);
          if (found.isWhole) expect(found.lines, `byte ${position}`).toEqual(expected.lines);
          else noticed += 1;
        } catch (error) {
          if (!isGatewayError(error)) throw error;
          noticed += 1;
        }
      }
      expect(noticed).toBeGreaterThan(0);
    },
  );
});
