import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../clock.ts";
import { type JobLogs, noLogs } from "../job-logs.ts";
import type { JobStore } from "../job-store.ts";
import type { ConcurrencyLimits } from "../planner/choose-steps.ts";

export interface JobEngineOptions {
  readonly store: JobStore;
  readonly clock?: Clock;
  /** Where the lines go that steps log; kept nowhere unless told. */
  readonly logs?: JobLogs;
  /** 0 ≤ random < 1, for jitter. */
  readonly random?: () => number;
  /** Name of this engine in leases; unique among the engines of a store. */
  readonly worker?: string;
  /** Steps that run here at once; 0 for an engine that only submits. */
  readonly concurrency?: number;
  readonly limits?: ConcurrencyLimits;
  /** Jobs of one definition that may wait. */
  readonly maxQueued?: number;
  /** How long a silent worker counts as alive; it tells of itself three times as often. */
  readonly leaseMs?: number;
  /** How long code has to end after its signal was aborted; then nobody waits for it any more. */
  readonly graceMs?: number;
  /** How often an engine looks for work and events of other processes, and after what nobody holds any more. */
  readonly pollMs?: number;
  /** How long results are kept after the end. */
  readonly retentionMs?: number;
  /** How long the record of a job is kept after its results expired. */
  readonly recordsMs?: number;
  /** Whether it looks after lost leases, deadlines, old results and old records: one engine of a process is enough. */
  readonly sweeps?: boolean;
  /** Failures that the engine gets over by itself, for the log: a store that is away for a while. */
  readonly onError?: (error: unknown) => void;
}

export type EngineSettings = Required<JobEngineOptions>;

const DAY_MS = 86_400_000;

export function engineSettings(options: JobEngineOptions): EngineSettings {
  return {
    clock: systemClock(),
    logs: noLogs,
    random: Math.random,
    worker: randomUUID(),
    concurrency: 1,
    limits: {},
    maxQueued: 1000,
    leaseMs: 30_000,
    graceMs: 10_000,
    pollMs: 500,
    retentionMs: 7 * DAY_MS,
    recordsMs: 30 * DAY_MS,
    sweeps: true,
    onError: () => {},
    ...options,
  };
}
