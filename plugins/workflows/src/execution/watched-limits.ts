import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** What one run may take. */
export interface RunLimits {
  /** Resident bytes of its process. */
  readonly memoryBytes: number;
  /** Of the files that it writes. */
  readonly resultBytes: number;
  /** Without a sign of life. */
  readonly silentMs: number;
}

export interface Watched {
  readonly pid: number;
  readonly folder: string;
  /** `performance.now()` of the last sign of life. */
  lastHeard(): number;
}

const INTERVAL_MS = 500;
/** Looking at many files takes its time: at most this share of it is spent looking. */
const SHARE = 0.1;

/** Looks at a run until it is over; tells once what it takes too much of. */
export function watchRun(
  watched: Watched,
  limits: RunLimits,
  onExcess: (reason: string) => void,
): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let nextFolder = 0;
  const look = async (): Promise<string | undefined> => {
    if (performance.now() - watched.lastHeard() > limits.silentMs)
      return `gave no sign of life for ${Math.round(limits.silentMs / 1000)} s`;
    const resident = await residentBytes(watched.pid);
    if (resident !== undefined && resident > limits.memoryBytes)
      return `took ${resident} bytes of memory, more than ${limits.memoryBytes}`;
    const start = performance.now();
    if (start < nextFolder) return undefined;
    const written = await folderBytes(watched.folder, limits.resultBytes);
    nextFolder = performance.now() + (performance.now() - start) / SHARE;
    return written > limits.resultBytes
      ? `wrote more than ${limits.resultBytes} bytes of results`
      : undefined;
  };
  const again = (): void => {
    timer = setTimeout(() => {
      void look()
        .catch(() => undefined) // files come and go while they are looked at
        .then((reason) => {
          if (isOver) return;
          if (reason === undefined) again();
          else onExcess(reason);
        });
    }, INTERVAL_MS);
    timer.unref();
  };
  again();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Of all files below a folder; stops counting above the limit. */
export async function folderBytes(folder: string, limit = Number.POSITIVE_INFINITY): Promise<number> {
  let total = 0;
  const waiting = [folder];
  for (const path of waiting) {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) waiting.push(child);
      else if (entry.isFile()) total += (await stat(child).catch(() => undefined))?.size ?? 0;
      if (total > limit) return total;
    }
  }
  return total;
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // Linux alone
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
