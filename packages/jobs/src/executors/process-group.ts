import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 20;

/** Sends a signal to every process of a group; false where there is none left. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Windows has no groups: there the process alone.
    process.kill(process.platform === "win32" ? leader : -leader, signal);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Until no process of the group runs any more; false when some still do after `withinMs`. */
export async function groupGone(leader: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (signalGroup(leader, 0)) {
    // In a container without an init nobody collects orphans: they stay in the group, dead.
    if (process.platform === "linux" && (await areAllDead(leader))) return true;
    if (performance.now() >= end) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

async function areAllDead(leader: number): Promise<boolean> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    // proc(5): pid (name) state parent group …; the name may hold anything, brackets too.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(group) === leader && state !== "Z" && state !== "X") return false;
  }
  return true;
}
