import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const EVERY_MS = 5000;
/** More processor time than this between two looks is work: a collection would be in somebody's way. */
const IDLE_CPU_MS = 50;
/** What is less than this above the level after the last release is not worth a tenth of a second. */
const WORTH_BYTES = 24 * 1024 * 1024;

/**
 * Gives back what only the work so far needed. While hundreds of modules are loaded, or thousands of requests answered, the
 * young generation grows to its greatest size, and Node keeps it so: some 40 to 100 MiB of each process, until a collection of
 * this kind. It takes about a tenth of a second.
 */
export function releaseMemory(): void {
  setFlagsFromString("--expose-gc");
  // V8 has it in contexts that are made after the flag is set
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  if (isCollector(collect)) collect({ type: "major", execution: "sync", flavor: "last-resort" });
}

/** What a process uses at one moment. */
export interface MemoryLook {
  /** Of all threads, since the start. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Decides by looks at regular times; the first look is the level to which memory is compared. */
export class IdleMemory {
  #before: MemoryLook;
  #levelBytes: number;

  constructor(first: MemoryLook) {
    this.#before = first;
    this.#levelBytes = first.residentBytes;
  }

  /** True where nothing was done since the last look, and much is held that was not after the last release. */
  isWorthReleasing(now: MemoryLook): boolean {
    const isIdle = now.cpuMs - this.#before.cpuMs <= IDLE_CPU_MS;
    this.#before = now;
    this.#levelBytes = Math.min(this.#levelBytes, now.residentBytes);
    return isIdle && now.residentBytes - this.#levelBytes >= WORTH_BYTES;
  }

  /** What is still held after a release is needed. */
  released(now: MemoryLook): void {
    this.#before = now;
    this.#levelBytes = now.residentBytes;
  }
}

/** Releases memory whenever the process has become idle. @returns what ends it */
export function releaseIdleMemory(): () => void {
  const memory = new IdleMemory(look());
  const timer = setInterval(() => {
    if (!memory.isWorthReleasing(look())) return;
    releaseMemory();
    memory.released(look());
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function look(): MemoryLook {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss() };
}

function isCollector(value: unknown): value is (how: Readonly<Record<string, string>>) => void {
  return typeof value === "function";
}
