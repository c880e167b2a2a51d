import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { type CallOptions, isAbsent } from "@zarr-gateway/primitives";

/** Sizes asked for at once. */
const BATCH = 32;

/** Bytes of all files below a folder, as far as they can be seen while others write and remove there. */
export async function diskBytes(folder: string, { signal }: CallOptions = {}): Promise<number> {
  let bytes = 0;
  const open = [folder];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    try {
      let files: string[] = [];
      for await (const entry of await opendir(current, { bufferSize: 256 })) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) open.push(path);
        else if (entry.isFile()) files.push(path);
        if (files.length < BATCH) continue;
        signal?.throwIfAborted();
        bytes += await sizes(files);
        files = [];
      }
      bytes += await sizes(files);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return bytes;
}

async function sizes(paths: readonly string[]): Promise<number> {
  const all = await Promise.all(paths.map(sizeOf));
  return all.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
