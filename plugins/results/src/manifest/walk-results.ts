import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { isStoreKey } from "@zarr-gateway/stores";

export interface WalkOptions extends CallOptions {
  readonly maxFiles: number;
  /** Links, pipes and sockets, which are no results. */
  readonly onLeftOut?: (path: string) => void;
}

/** Deeper than any store; a link that leads back is never followed, so this is only for hostile trees. */
const MAX_DEPTH = 64;

/**
 * Paths of all regular files below a folder, relative to it, in no order. Nothing is followed out of it.
 * @throws GatewayError too_large past `maxFiles`, invalid_request for a name that no URL or store can hold
 */
export async function walkResults(folder: string, options: WalkOptions): Promise<string[]> {
  const found: string[] = [];
  const open = [""];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    options.signal?.throwIfAborted();
    for await (const entry of entriesOf(join(folder, current))) {
      const path = current === "" ? entry.name : `${current}/${entry.name}`;
      assertHarmless(path);
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) found.push(path);
      else options.onLeftOut?.(path);
      if (found.length > options.maxFiles)
        throw new GatewayError("too_large", `the results have more than ${options.maxFiles} files`);
    }
  }
  return found;
}

/** As they come, so that a folder of millions is never in memory. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const directory = await opendir(folder, { bufferSize: 256 });
  try {
    for (let entry = await directory.read(); entry !== null; entry = await directory.read()) yield entry;
  } finally {
    // nothing waits for a disk when a folder is closed, but a thread has to be woken for it otherwise
    directory.closeSync();
  }
}

/** What cannot be written into a URL, a manifest and an archive unchanged cannot be handed out. */
function assertHarmless(path: string): void {
  const isDeep = path.split("/").length > MAX_DEPTH;
  // U+FFFD stands where a name was not UTF-8: the file could not be opened by it again
  if (isStoreKey(path) && !path.includes("\uFFFD") && !isDeep) return;
  const shown = JSON.stringify(path.slice(0, 200));
  throw new GatewayError(
    "invalid_request",
    isDeep
      ? `folders of results are nested deeper than ${MAX_DEPTH}: ${shown}`
      : `a file of the results has a name with control characters, a backslash or bytes that are not UTF-8: ${shown}`,
  );
}
