import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelPackage } from "../model-package.ts";
import type { ModelSession } from "../model-session.ts";
import type { RolloutObserver } from "../rollouts.ts";

/** Time as roll-outs see it; tests have their own. */
export interface RolloutClock {
  /** Milliseconds since whenever. */
  now(): number;
  /** @returns what stops it */
  after(ms: number, act: () => void): () => void;
}

/** What the project's log takes. */
export interface RolloutLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface RolloutOptions {
  readonly model: ModelPackage;
  /** Opens one more session, or one in place of another that has died. Whoever asked closes it. */
  readonly session: (options?: CallOptions) => Promise<ModelSession>;
  /** Sessions that may be open at once, 1. */
  readonly processes?: number;
  readonly conditions: InitialConditions;
  /** Number of the last step. */
  readonly steps: number;
  /** How many, at least 1: the control. */
  readonly members: number;
  readonly cache: ByteCache;
  /** What keys in the cache begin with: names the forecast and its version. */
  readonly keyPrefix: string;
  /** Whether the prefix names the same forecast for ever, so that a disk may keep it; true. */
  readonly isLasting?: boolean;
  /** How long a request is held at most. */
  readonly maxWaitMs: number;
  /** States whose entries are not all published are kept at every so many steps, 4. */
  readonly checkpointEvery?: number;
  /** Runs that are waited for at once, 64; a client that has none yet is let in up to a quarter more. */
  readonly maxQueuedRuns?: number;
  /** Requests that wait at once, over all runs, 10 000. */
  readonly maxWaiters?: number;
  /** Runs in one call of the model, where it can: 8. */
  readonly maxBatch?: number;
  /** Steps made beyond what is asked, for clients that walk along lead times while nothing else waits: 2. */
  readonly lookAhead?: number;
  /** Of states that sessions hold so that a run can go on, 2 GiB; what a step needs is held in any case. */
  readonly maxStateBytes?: number;
  /** How long they are held when nobody asks for the run, 60 000. */
  readonly idleMs?: number;
  readonly clock?: RolloutClock;
  readonly log?: RolloutLog;
  readonly observer?: RolloutObserver;
}

export const SYSTEM_CLOCK: RolloutClock = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** Options with their defaults. */
export type Settings = Required<Omit<RolloutOptions, "observer">> & Pick<RolloutOptions, "observer">;

export function withDefaults(options: RolloutOptions): Settings {
  return {
    processes: 1,
    isLasting: true,
    checkpointEvery: 4,
    maxQueuedRuns: 64,
    maxWaiters: 10_000,
    maxBatch: 8,
    lookAhead: 2,
    maxStateBytes: 2 * 1024 ** 3,
    idleMs: 60_000,
    clock: SYSTEM_CLOCK,
    log: { debug: () => {}, warn: () => {} },
    ...options,
  };
}
