import { type CallOptions, untilAborted } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { assertStoreKey, resolveRange } from "../store-key.ts";
import { type PlannedRead, planRanges, type RangePlanLimits } from "./plan-ranges.ts";

interface Waiting {
  readonly range: { readonly offset: number; readonly length: number };
  readonly resolve: (bytes: Uint8Array | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** A round trip to an object store brings about this many bytes. */
const LIMITS: RangePlanLimits = { maxGapBytes: 32 * 1024, maxReadBytes: 16 * 1024 * 1024 };

/**
 * Ranges of one key that are asked for in the same turn of the event loop are read together where they lie close.
 * A joint read is aborted only when all who wait for it have left, and never carries one caller's signal.
 */
export function coalesced(store: ByteStore, limits: RangePlanLimits = LIMITS): ByteStore {
  const waiting = new Map<string, Waiting[]>();

  const flush = (key: string): void => {
    const callers = (waiting.get(key) ?? []).filter(({ signal }) => !signal?.aborted);
    waiting.delete(key);
    for (const planned of planRanges(
      callers.map(({ range }) => range),
      limits,
    )) {
      void readJointly(store, key, planned, callers);
    }
  };
  const { list, close } = store;
  return {
    stat: (key, options) => store.stat(key, options),
    async get(key, options = {}) {
      const { range, signal } = options;
      if (!range || "suffix" in range) return store.get(key, options);
      assertStoreKey(key);
      resolveRange(range, 0); // refuses what is no range
      signal?.throwIfAborted();
      const bytes = new Promise<Uint8Array | undefined>((resolve, reject) => {
        const callers = waiting.get(key);
        const caller = { range, resolve, reject, signal };
        if (callers) callers.push(caller);
        else {
          waiting.set(key, [caller]);
          setImmediate(flush, key);
        }
      });
      return untilAborted(bytes, signal);
    },
    ...(list && { list: (prefix: string, options?: CallOptions) => list.call(store, prefix, options) }),
    ...(close && { close: () => close.call(store) }),
  };
}

/** Never rejects: every caller is told by its own promise. */
async function readJointly(
  store: ByteStore,
  key: string,
  planned: PlannedRead,
  all: readonly Waiting[],
): Promise<void> {
  // positions come from the list that was planned
  const callers = planned.parts.map((part) => ({ part, caller: all[part.position] as Waiting }));
  const { signal, release } = abortedWithAll(callers.map(({ caller }) => caller.signal));
  try {
    const bytes = await store.get(key, { range: { offset: planned.offset, length: planned.length }, signal });
    for (const { part, caller } of callers) {
      const piece = bytes?.subarray(part.offset, part.offset + part.length);
      // a copy, so that nobody keeps the whole read alive for a piece of it
      caller.resolve(callers.length === 1 ? piece : piece?.slice());
    }
  } catch (error) {
    for (const { caller } of callers) caller.reject(error);
  } finally {
    release();
  }
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
