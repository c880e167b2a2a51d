import { stat } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type CallOptions,
  type RunOptions,
  siblingModule,
  type WorkerPool,
  type WorkerTask,
} from "@zarr-gateway/primitives";
import { LOOK_NUMBERS, type LookInput, noteLook, type StampInput } from "./look-task.ts";
import type { MemberReference } from "./member.ts";

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

/** Stands for the size of a folder. */
const FOLDER = -1;
const MODULE = siblingModule(import.meta.url, "look-task");
const LOOK: WorkerTask<LookInput, Float64Array> = { module: MODULE, name: "lookAtFiles" };
const STAMP: WorkerTask<StampInput, string> = { module: MODULE, name: "stampStores" };
/** More files than these are looked at on a thread: asked for one by one each costs this one as much as it costs that. */
const MANY_FILES = 1000;
/** Files a task looks at, some 15 ms. */
const FILES_A_TASK = 5000;
/** That are started before somebody waits for them. */
const PREPARED_THREADS = 2;
/** After so many calls V8 has compiled them: the first thousands would take twice as long. */
const WARMING_LOOKS = 3000;
/** Stores a task looks at, each at some ten documents. */
const STORES_A_TASK = 250;
/** Calls that wait for the system at once: each takes microseconds, and reads of others wait behind them. */
const CONCURRENT_LOOKS = 256;

/** Looks at every member of this machine: 10 000 files take the system some 30 ms. */
export async function lookAtMembers(ids: readonly string[], options: LookOptions): Promise<MemberLooks> {
  const numbers = await (ids.length > MANY_FILES ? lookOnThread(ids, options) : lookHere(ids, options));
  const folders = [...ids.keys()].filter((position) => numbers[position * LOOK_NUMBERS] === FOLDER);
  const stores = new Map<number, string>();
  const stampBatch = async (batch: readonly number[]): Promise<void> => {
    const paths = batch.map((position) => ids[position] ?? "").join("\0");
    const stamps = await options.pool.run(STAMP, { paths, group: options.group }, inFront(options));
    for (const [at, stamp] of stamps.split("\0").entries())
      if (stamp !== "") stores.set(batch[at] ?? 0, stamp);
  };
  await Promise.all(batches(folders, STORES_A_TASK).map(stampBatch));
  return { numbers, stores };
}

/** Starts the threads that look at many members, for which the first one who asks would wait, and has them compile it. */
export async function prepareToLook(pool: WorkerPool): Promise<void> {
  const paths = new Array<string>(WARMING_LOOKS).fill(fileURLToPath(MODULE)).join("\0");
  await Promise.all(Array.from({ length: PREPARED_THREADS }, () => pool.run(LOOK, { paths })));
}

async function lookOnThread(ids: readonly string[], options: LookOptions): Promise<Float64Array> {
  const parts = batches(ids, FILES_A_TASK).map((batch) => {
    const paths = batch.map((id) => (isLocal({ id }) ? id : "")).join("\0");
    return options.pool.run(LOOK, { paths }, inFront(options));
  });
  const numbers = new Float64Array(ids.length * LOOK_NUMBERS);
  for (const [at, part] of (await Promise.all(parts)).entries()) {
    numbers.set(part, at * FILES_A_TASK * LOOK_NUMBERS);
  }
  return numbers;
}

/** Requests wait for it, and chunks that are being encoded would have to be encoded in any case. */
function inFront({ signal }: CallOptions): RunOptions {
  return { signal, isLaterStep: true };
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** True where every member of this machine looks as it did; nothing is said of the others. */
export function isSameLook(a: MemberLooks, b: MemberLooks): boolean {
  if (!bytesOf(a).equals(bytesOf(b)) || a.stores.size !== b.stores.size) return false;
  for (const [position, stamp] of a.stores) if (b.stores.get(position) !== stamp) return false;
  return true;
}

/** The member's look as text; undefined: it lies on another machine, or is a folder of a kind not known here. */
export function stampOf({ numbers, stores }: MemberLooks, position: number): string | undefined {
  const own = numbers.subarray(position * LOOK_NUMBERS, (position + 1) * LOOK_NUMBERS);
  return (own[0] ?? FOLDER) >= 0 ? own.join(".") : stores.get(position);
}

/** Positions of the members that cannot be recognised from outside. */
export function unrecognised({ numbers, stores }: MemberLooks): number[] {
  const positions: number[] = [];
  for (let position = 0; position * LOOK_NUMBERS < numbers.length; position += 1) {
    const size = numbers[position * LOOK_NUMBERS] ?? Number.NaN;
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

/** Not at once: a file system that does not answer would stop this thread. */
function lookHere(ids: readonly string[], { signal }: CallOptions): Promise<Float64Array> {
  return new Promise((resolve, reject) => {
    const numbers = new Float64Array(ids.length * LOOK_NUMBERS).fill(Number.NaN);
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
          noteLook(numbers, position, found);
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
