import { opendir } from "node:fs/promises";
import { checkedJobId } from "@zarr-gateway/jobs";
import { isAbsent } from "@zarr-gateway/primitives";

/** Folders that are called as jobs are; none where there is no folder of results. */
export async function* jobsIn(root: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(root, { bufferSize: 1024 }))
      if (entry.isDirectory() && isJobId(entry.name)) yield entry.name;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function isJobId(name: string): boolean {
  try {
    return checkedJobId(name) === name;
  } catch {
    return false; // a folder of somebody else
  }
}
