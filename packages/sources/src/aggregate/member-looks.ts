import { type Stats, stat } from "node:fs";
import { type CallOptions, siblingModule, type WorkerPool, type WorkerTask } from "@zarr-gateway/primitives";
import type { MemberReference } from "./member.ts";
import type { StampInput } from "./stamp-task.ts";

/** What members look like from outside, found out without opening one. Plain data: it goes into the index. */
export interface MemberLooks {
  /** Four numbers a member: size, milliseconds of the last change of content and of anything, inode. NaN: cannot be looked at. */
  readonly numbers: Float64Array;
  /** Of Zarr stores by position: what changes when their metadata change. */
  readonly stores: ReadonlyMap<number, string>;
}

export interface LookOptions extends CallOptions {
  readonly pool: WorkerPool;
  /** Of Zarr stores, without slashes at its ends. */
  readonly group: string;
}

const NUMBERS = 4;
/** Stands for the size of a folder. */
const FOLDER = -1;
/** Calls that wait for the system at once: each takes microseconds, and reads of others wait behind them. */
const CONCURRENT_LOOKS = 256;
const STAMP: WorkerTask<StampInput, string> = {
  module: siblingModule(import.meta.url, "stamp-task"),
  name: "stampStores",
};
/** Stores a task looks at, each at some ten documents. */
const STORES_A_TASK = 250;

/** Looks at every member of this machine: 10 000 files take the system some 30 ms. */
export async function lookAtMembers(ids: readonly string[], options: LookOptions): Promise<MemberLooks> {
  const numbers = await lookAtFiles(ids, options);
  const folders = [...ids.keys()].filter((position) => numbers[position * NUMBERS] === FOLDER);
  const batches = Array.from({ length: Math.ceil(folders.length / STORES_A_TASK) }, (_, at) =>
    folders.slice(at * STORES_A_TASK, (at + 1) * STORES_A_TASK),
  );
  const stores = new Map<number, string>();
  const stampBatch = async (batch: readonly number[]): Promise<void> => {
    const paths = batch.map((position) => ids[position] ?? "").join("\0");
    const stamps = await options.pool.run(STAMP, { paths, group: options.group }, { signal: options.signal });
    for (const [at, stamp] of stamps.split("\0").entries())
      if (stamp !== "") stores.set(batch[at] ?? 0, stamp);
  };
  await Promise.all(batches.map(stampBatch));
  return { numbers, stores };
}

/** True where every member of this machine looks as it did; nothing is said of the others. */
export function isSameLook(a: MemberLooks, b: MemberLooks): boolean {
  if (!bytesOf(a).equals(bytesOf(b)) || a.stores.size !== b.stores.size) return false;
  for (const [position, stamp] of a.stores) if (b.stores.get(position) !== stamp) return false;
  return true;
}

/** The member's look as text; undefined: it lies on another machine, or is a folder of a kind not known here. */
export function stampOf({ numbers, stores }: MemberLooks, position: number): string | undefined {
  const own = numbers.subarray(position * NUMBERS, (position + 1) * NUMBERS);
  return (own[0] ?? FOLDER) >= 0 ? own.join(".") : stores.get(position);
}

/** Positions of the members that cannot be recognised from outside. */
export function unrecognised({ numbers, stores }: MemberLooks): number[] {
  const positions: number[] = [];
  for (let position = 0; position * NUMBERS < numbers.length; position += 1) {
    const size = numbers[position * NUMBERS] ?? Number.NaN;
    if (!(size >= 0 || stores.has(position))) positions.push(position);
  }
  return positions;
}

export function isLocal({ id }: Pick<MemberReference, "id">): boolean {
  return id.startsWith("/") || /^[A-Za-z]:[\\/]/.test(id);
}

function bytesOf({ numbers }: MemberLooks): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/**
 * Not through promises, which cost several times as much, nor at once on this thread, which a file system that does
 * not answer would stop.
 */
function lookAtFiles(ids: readonly string[], { signal }: CallOptions): Promise<Float64Array> {
  return new Promise((resolve, reject) => {
    const numbers = new Float64Array(ids.length * NUMBERS).fill(Number.NaN);
    let next = 0;
    let running = 0;
    const start = (): void => {
      while (running < CONCURRENT_LOOKS && next < ids.length && signal?.aborted !== true) {
        const position = next++;
        const id = ids[position] ?? "";
        if (!isLocal({ id })) continue;
        running += 1;
        stat(id, (_error, found) => {
          running -= 1;
          if (found !== undefined) note(numbers, position, found);
          start();
        });
      }
      if (running > 0) return;
      if (signal?.aborted === true)
        reject(signal.reason as Error); // what the caller gave up with
      else resolve(numbers);
    };
    start();
  });
}

/** Milliseconds have a fraction that is finer than what file systems count. */
function note(numbers: Float64Array, position: number, found: Stats): void {
  const at = position * NUMBERS;
  if (found.isDirectory()) {
    numbers.fill(0, at, at + NUMBERS);
    numbers[at] = FOLDER;
    return;
  }
  numbers[at] = found.size;
  numbers[at + 1] = found.mtimeMs;
  numbers[at + 2] = found.ctimeMs;
  numbers[at + 3] = found.ino;
}
