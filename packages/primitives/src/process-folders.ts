import { readlinkSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/*
 * Temporary folders that are named after the process they belong to, so that what a killed one left behind is known.
 */

/** How the names of folders of this process begin. @param purpose `zarr-gateway-model` */
export function processFolderPrefix(purpose: string): string {
  return `${purpose}-${processSpace()}-${process.pid}-`;
}

/**
 * Removes the folders of one purpose whose process is gone. Those of other containers, where the same numbers are others, are
 * left alone, and so are those of other users.
 */
export async function removeStaleFolders(place: string, purpose: string): Promise<void> {
  const start = `${purpose}-${processSpace()}-`;
  for (const name of await readdir(place).catch(() => [])) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length).split("-")[0]) : Number.NaN;
    if (!Number.isInteger(pid) || pid <= 0 || isAlive(pid)) continue;
    await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined);
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
