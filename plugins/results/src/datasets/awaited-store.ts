import { setTimeout as sleep } from "node:timers/promises";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore, ReadOptions } from "@zarr-gateway/stores";

/** What the writer of a store is at. */
export type WriterState = "writing" | "done" | "left";

export interface AwaitedStoreOptions {
  /** Asked before each look, so that what is absent afterwards was so when the writer was done. */
  readonly writer: (options: CallOptions) => Promise<WriterState>;
  /** Whether what is there lacks nothing that its writer may still add; asked before it is read. */
  readonly isWhole?: (key: string, options: CallOptions) => Promise<boolean>;
  readonly waiting: WaitingReads;
  /** How long a chunk is waited for. */
  readonly waitMs: number;
}

const METADATA = /(?:^|\/)(?:zarr\.json|\.zarray|\.zattrs|\.zgroup|\.zmetadata)$/;
const FIRST_LOOK_MS = 50;
const MAX_LOOK_MS = 400;
const RETRY_AFTER_S = 2;

/** Reads that wait for chunks, of all datasets together: past the bound nobody waits. */
export class WaitingReads {
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** True: there is room, and `leave` has to be called. */
  enter(): boolean {
    if (this.#count >= this.#max) return false;
    this.#count += 1;
    return true;
  }

  leave(): void {
    this.#count -= 1;
  }
}

/**
 * A store that somebody is writing. A chunk that is not there yet, or a shard that lacks chunks, is waited for, then told with
 * `overloaded`; only when the writer is done does absence mean that it was never written. Metadata are as they are.
 */
export function awaitedStore(store: ByteStore, options: AwaitedStoreOptions): ByteStore {
  const around = async <Found>(
    key: string,
    call: CallOptions,
    look: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> => {
    if (METADATA.test(key)) return look();
    const found = await wholeAt(key, look, { ...options, call });
    return found ?? awaited(key, look, { ...options, call });
  };
  const { getWithStat, list, close } = store;
  return {
    get: (key, call: ReadOptions = {}) => around(key, call, () => store.get(key, call)),
    stat: (key, call = {}): Promise<ByteStat | undefined> => around(key, call, () => store.stat(key, call)),
    ...(getWithStat && {
      getWithStat: (key, call = {}) => around(key, call, () => getWithStat.call(store, key, call)),
    }),
    ...(list && { list: (prefix, call) => list.call(store, prefix, call) }),
    ...(close && { close: () => close.call(store) }),
  };
}

type Waiting = AwaitedStoreOptions & { readonly call: CallOptions };

/** What is there and lacks nothing. A look that comes first might have seen less than was there when that was asked. */
async function wholeAt<Found>(
  key: string,
  look: () => Promise<Found | undefined>,
  { isWhole, call }: Waiting,
): Promise<Found | undefined> {
  return isWhole !== undefined && !(await isWhole(key, call)) ? undefined : look();
}

async function awaited<Found>(
  key: string,
  look: () => Promise<Found | undefined>,
  options: Waiting,
): Promise<Found | undefined> {
  const { writer, waiting, waitMs, call } = options;
  const mayWait = waiting.enter();
  const until = performance.now() + (mayWait ? waitMs : 0);
  try {
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_LOOK_MS)) {
      const state = await writer(call);
      if (state === "done") return await look();
      const found = await wholeAt(key, look, options);
      if (found !== undefined) return found;
      if (state === "left") throw startedAnew(key);
      if (performance.now() + pauseMs > until) throw notYet(key);
      await sleep(pauseMs, undefined, { ...(call.signal && { signal: call.signal }) });
    }
  } finally {
    if (mayWait) waiting.leave();
  }
}

/** Never 404, which clients of Zarr read as fill values. */
function notYet(key: string): GatewayError {
  const message = `"${key}" has not been written yet: the run goes on, try again in ${RETRY_AFTER_S} s`;
  return new GatewayError("overloaded", message, { retryAfterSeconds: RETRY_AFTER_S });
}

function startedAnew(key: string): GatewayError {
  const message = `"${key}" was not written before the run stopped or began anew: open the dataset again`;
  return new GatewayError("overloaded", message, { retryAfterSeconds: RETRY_AFTER_S, changed: true });
}
