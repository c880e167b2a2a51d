import { readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
    for (const place of places) removeStale(place);
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
    return await mkdtemp(join(place, `${PREFIX}-${processSpace()}-${process.pid}-`));
  } catch {
    return undefined; // not writable here: the other place is used
  }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
  open.clear();
}

/** What processes left that were killed; those of other containers, where the same numbers are others, are left alone. */
function removeStale(place: string): void {
  const start = `${PREFIX}-${processSpace()}-`;
  for (const name of namesIn(place)) {
    if (!name.startsWith(start)) continue;
    const pid = Number(name.slice(start.length).split("-")[0]);
    if (!Number.isInteger(pid) || pid <= 0 || isAlive(pid)) continue;
    try {
      rmSync(join(place, name), { recursive: true, force: true });
    } catch {
      // another user's
    }
  }
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** In what numbers of processes mean something: a container has its own, and may share the folder with others. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
