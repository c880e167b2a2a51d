import { GatewayError, untilAborted } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore, ReadOptions } from "../byte-store.ts";
import { assertStoreKey, resolveRange } from "../store-key.ts";
import { type PlannedRead, planRanges, type RangePlanLimits } from "./plan-ranges.ts";

interface Found {
  readonly bytes: Uint8Array;
  /** Absent where the store behind does not tell it with the bytes. */
  readonly stat: ByteStat | undefined;
}
interface Waiting {
  readonly range: { readonly offset: number; readonly length: number };
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}
/** Callers who may share a read: of one key, and of one version where they name it. */
interface Group {
  readonly key: string;
  readonly ifMatch: string | undefined;
  readonly callers: Waiting[];
}
type Read = (key: string, options: ReadOptions) => Promise<Found | undefined>;

/** A round trip to an object store brings about this many bytes. */
const LIMITS: RangePlanLimits = { maxGapBytes: 32 * 1024, maxReadBytes: 16 * 1024 * 1024 };

/**
 * Ranges of one key that are asked for in the same turn of the event loop are read together where they lie close.
 * A joint read is aborted only when all who wait for it have left, and never carries one caller's signal.
 */
export function coalesced(store: ByteStore, limits: RangePlanLimits = LIMITS): ByteStore {
  const { getWithStat, list, close } = store;
  const read: Read = async (key, options) => {
    if (getWithStat) return getWithStat.call(store, key, options);
    const bytes = await store.get(key, options);
    return bytes && { bytes, stat: undefined };
  };
  const readRange = joinedReads(read, limits);
  return {
    stat: (key, options) => store.stat(key, options),
    get: async (key, options = {}) => (await readRange(key, options))?.bytes,
    ...(getWithStat && {
      async getWithStat(key: string, options: ReadOptions = {}) {
        const found = await readRange(key, options);
        return found && { bytes: found.bytes, stat: statOf(found) };
      },
    }),
    ...(list && { list: (prefix, options) => list.call(store, prefix, options) }),
    ...(close && { close: () => close.call(store) }),
  };
}

/** `read`, with ranges of the same turn read together. */
function joinedReads(read: Read, limits: RangePlanLimits): Read {
  const waiting = new Map<string, Group>();
  const flush = (name: string): void => {
    const group = waiting.get(name);
    if (!group) return;
    waiting.delete(name);
    const callers = group.callers.filter(({ signal }) => !signal?.aborted);
    const ranges = callers.map(({ range }) => range);
    for (const planned of planRanges(ranges, limits)) void readJointly(read, group, { planned, callers });
  };
  return async (key, options) => {
    const { range, signal, ifMatch } = options;
    if (!range || "suffix" in range) return read(key, options);
    assertStoreKey(key);
    resolveRange(range, 0); // refuses what is no range
    signal?.throwIfAborted();
    const found = new Promise<Found | undefined>((resolve, reject) => {
      const caller = { range, resolve, reject, signal };
      const name = `${key}\n${ifMatch ?? ""}`;
      const group = waiting.get(name);
      if (group) group.callers.push(caller);
      else {
        waiting.set(name, { key, ifMatch, callers: [caller] });
        setImmediate(flush, name);
      }
    });
    return untilAborted(found, signal);
  };
}

/** Never rejects: every caller is told by its own promise. */
async function readJointly(
  read: Read,
  { key, ifMatch }: Group,
  { planned, callers: all }: { readonly planned: PlannedRead; readonly callers: readonly Waiting[] },
): Promise<void> {
  // positions come from the list that was planned
  const callers = planned.parts.map((part) => ({ part, caller: all[part.position] as Waiting }));
  const { signal, release } = abortedWithAll(callers.map(({ caller }) => caller.signal));
  try {
    const { offset, length } = planned;
    const found = await read(key, { range: { offset, length }, signal, ifMatch });
    for (const { part, caller } of callers) {
      if (!found) caller.resolve(undefined);
      else {
        const piece = found.bytes.subarray(part.offset, part.offset + part.length);
        // a copy, so that nobody keeps the whole read alive for a piece of it
        caller.resolve({ bytes: callers.length === 1 ? piece : piece.slice(), stat: found.stat });
      }
    }
  } catch (error) {
    for (const { caller } of callers) caller.reject(error);
  } finally {
    release();
  }
}

function statOf({ stat }: Found): ByteStat {
  if (!stat) throw new GatewayError("internal", "a store gave bytes without the stat that belongs to them");
  return stat;
}

/** A signal that aborts when every one has aborted; never, when somebody waits without one. */
function abortedWithAll(signals: readonly (AbortSignal | undefined)[]): {
  signal: AbortSignal;
  release: () => void;
} {
  const controller = new AbortController();
  let left = signals.length;
  const leave = (): void => {
    left -= 1;
    if (left === 0) controller.abort();
  };
  for (const signal of signals) {
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  }
  const release = (): void => {
    for (const signal of signals) signal?.removeEventListener("abort", leave);
  };
  return { signal: controller.signal, release };
}
