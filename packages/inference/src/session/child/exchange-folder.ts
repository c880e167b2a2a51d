import { rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processFolderPrefix, removeStaleFolders } from "@zarr-gateway/primitives";

const SHARED_MEMORY = "/dev/shm";
const PREFIX = "zarr-gateway-model";

/** Folders that only this user may enter, for one pair of processes: in memory where there is such a place, and on disk. */
export interface ExchangeFolder {
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

const open = new Set<string>();
let isPrepared = false;

export async function createExchangeFolder(): Promise<ExchangeFolder> {
  const places = [...(isFolder(SHARED_MEMORY) ? [SHARED_MEMORY] : []), tmpdir()];
  if (!isPrepared) {
    isPrepared = true;
    process.once("exit", removeAll);
    for (const place of places) await removeStaleFolders(place, PREFIX);
  }
  const paths: string[] = [];
  for (const place of places) {
    const path = await createIn(place);
    if (path !== undefined) paths.push(path);
  }
  if (paths.length === 0) throw new Error(`no folder can be made in ${places.join(" or ")}`);
  for (const path of paths) open.add(path);
  return {
    paths,
    async remove() {
      await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
      for (const path of paths) open.delete(path);
    },
  };
}

async function createIn(place: string): Promise<string | undefined> {
  try {
    return await mkdtemp(join(place, processFolderPrefix(PREFIX)));
  } catch {
    return undefined; // not writable here: the other place is used
  }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
  open.clear();
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
