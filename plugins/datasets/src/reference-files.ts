import { open, stat } from "node:fs/promises";
import { looksLikeReferences, REFERENCES_HEAD_BYTES } from "@zarr-gateway/sources";

export const REFERENCES_EXTENSION = /\.json(\.zstd?)?$/i;

/** Files remembered; past it all are looked at anew. */
const MAX_KNOWN = 100_000;

/** Which of the JSON files of a folder are reference sets: each is read once, and again when it has changed. */
export class ReferenceFiles {
  #known = new Map<string, { readonly stamp: string; readonly isSet: boolean }>();

  /** False also for what cannot be read: it is not known to be a dataset. */
  async isReferenceSet(path: string): Promise<boolean> {
    try {
      const { size, mtimeMs, ino } = await stat(path);
      const stamp = `${size} ${mtimeMs} ${ino}`;
      const known = this.#known.get(path);
      if (known?.stamp === stamp) return known.isSet;
      const isSet = looksLikeReferences(await headOf(path));
      if (this.#known.size >= MAX_KNOWN) this.#known = new Map();
      this.#known.set(path, { stamp, isSet });
      return isSet;
    } catch {
      return false;
    }
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(REFERENCES_HEAD_BYTES), 0);
  return buffer.subarray(0, bytesRead);
}
