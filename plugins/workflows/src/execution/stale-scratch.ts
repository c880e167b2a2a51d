import { readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "zarr-gateway-workflow";

/** With which the scratch folders of this process begin: processes of other containers have other numbers, and may share the folder. */
export async function scratchPrefix(): Promise<string> {
  return join(tmpdir(), `${PREFIX}-${await processSpace()}-${process.pid}-`);
}

/** Removes what servers left behind that were killed. */
export async function removeStaleScratch(): Promise<void> {
  const start = `${PREFIX}-${await processSpace()}-`;
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length).split("-")[0]) : Number.NaN;
    if (!Number.isInteger(pid) || pid <= 0 || isAlive(pid)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined); // another user's
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

async function processSpace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}
