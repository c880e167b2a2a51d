import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "./remove-files.ts";

/** Looked at of one folder; what is more is counted the next time it is asked for. */
const MAX_FILES = 200_000;

/** Bytes of all files below a folder, as far as they can be seen while others write and remove there. */
export async function diskBytes(folder: string): Promise<number> {
  let bytes = 0;
  let files = 0;
  const open = [folder];
  for (let current = open.pop(); current !== undefined && files < MAX_FILES; current = open.pop()) {
    try {
      for await (const entry of await opendir(current)) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) open.push(path);
        else if (entry.isFile()) bytes += (await lstat(path)).size;
        files += 1;
      }
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return bytes;
}
