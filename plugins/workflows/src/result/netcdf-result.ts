import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { CallOptions } from "@zarr-gateway/primitives";
import { classicFile, openZarr } from "@zarr-gateway/sources";
import { writtenStore } from "./written-store.ts";

/** Read, encoded and written at once. */
const PIECE_BYTES = 16 * 1024 * 1024;
/** Disks are watched by who started the process. */
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Makes one NetCDF file (classic format) of a store that is complete, and removes the store: a file of this format has its
 * variables one after the other, a model makes them all together.
 */
export async function netcdfOfStore(store: string, file: string, call: CallOptions = {}): Promise<void> {
  const dataset = await openZarr(writtenStore(store), { coder: createChunkCoder(), signal: call.signal });
  const draft = join(file, "..", `.${Date.now()}.part`);
  try {
    const made = await classicFile(dataset, { maxBytes: MAX_BYTES, signal: call.signal });
    await using handle = await open(draft, "w");
    for (let offset = 0; offset < made.size; offset += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, made.size - offset);
      await handle.writeFile(await made.read({ offset, length }, call), { signal: call.signal });
    }
  } finally {
    await dataset.close?.();
  }
  await rename(draft, file);
  await rm(store, { recursive: true, force: true });
}
