import type { CallOptions } from "@zarr-gateway/primitives";
import type { JobEvent, RecordedEvent } from "./event.ts";
import type { JobStats } from "./job-stats.ts";
import type { ConcurrencyLimits } from "./planner/choose-steps.ts";
import type { JobRecord, JobState, StepRecord, TaskRecord } from "./record.ts";

/**
 * Durable records. Each call is one transaction: a job, its events and what is counted change together or not at all.
 * Safe with several processes on one store. A store that is busy, full or away for a while throws GatewayError overloaded,
 * one that cannot be read or written internal.
 */
export interface JobStore {
  /**
   * Changes and claims happen in the order in which they are asked for, those of one turn of the event loop in one
   * transaction: a claim that is asked for right behind a change finds what it made ready.
   */
  readonly inOrder?: true;
  /** Keeps a new job, unless its idempotency key is known, its id taken or too many jobs wait. */
  create(job: JobRecord, rule: SubmitRule, options?: CallOptions): Promise<Submitted>;
  get(id: string, options?: CallOptions): Promise<JobRecord | undefined>;
  /**
   * Lets events happen, one after the other up to the first that does not fit any more; `applied`: all of them. undefined:
   * no such job.
   */
  append(id: string, events: readonly JobEvent[], options?: CallOptions): Promise<Appended | undefined>;
  /** Begins the steps that are due, best place first, within the limits of all processes together. */
  claim(request: ClaimRequest, options?: CallOptions): Promise<readonly Claim[]>;
  /** Running steps whose lease ran out by `now`, at most `limit`. */
  lostLeases(now: number, limit: number, options?: CallOptions): Promise<readonly Claim[]>;
  /** Running steps whose lease runs on after `until`, at most `limit`. */
  leasesAfter(until: number, limit: number, options?: CallOptions): Promise<readonly Claim[]>;
  /** Jobs that ended and whose results are due to go by `now`, at most `limit`. */
  dueToExpire(now: number, limit: number, options?: CallOptions): Promise<readonly string[]>;
  /** Jobs that go on although their deadline passed by `now` and that nobody cancelled, at most `limit`. */
  overdue(now: number, limit: number, options?: CallOptions): Promise<readonly string[]>;
  /** Jobs whose results expired at `before` or earlier, at most `limit`: their records may go. */
  outlived(before: number, limit: number, options?: CallOptions): Promise<readonly string[]>;
  /** How far jobs have come, for those that are there. */
  latest(ids: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, JobHead>>;
  /** Events after a sequence number, in order, at most `limit`. */
  events(id: string, range: EventRange, options?: CallOptions): Promise<readonly RecordedEvent[]>;
  /** Newest first. */
  list(filter: JobFilter, options?: CallOptions): Promise<readonly JobRecord[]>;
  /** Removes a job that has ended with its events. False: it has not ended; undefined: no such job. */
  remove(id: string, options?: CallOptions): Promise<boolean | undefined>;
  stats(options?: CallOptions): Promise<JobStats>;
  /** Jobs that have not begun, before this one in the queue; undefined where it does not wait. */
  position(id: string, options?: CallOptions): Promise<number | undefined>;
  /** Tells of changes that other processes made, where the store learns of them by itself. Gives what ends it. */
  onNews?(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface SubmitRule {
  /** Jobs of this definition that may be queued, this one included. */
  readonly maxQueued: number;
  readonly idempotency?: IdempotencyRule;
}

/** The same key of the same owner within the time: the job made first. */
export interface IdempotencyRule {
  readonly key: string;
  /** Of what was asked: another one under the same key is a mistake of the client. */
  readonly digest: string;
  readonly expiresAt: number;
}

export type Submitted =
  | { readonly outcome: "created" | "repeated"; readonly job: JobRecord }
  | { readonly outcome: "other_request" | "taken" }
  | { readonly outcome: "full"; readonly queued: number };

export interface Appended {
  readonly job: JobRecord;
  readonly applied: boolean;
}

/** The number of a job's latest event, and whether more may come. */
export interface JobHead {
  readonly sequence: number;
  readonly hasEnded: boolean;
}

export interface EventRange {
  readonly after: number;
  readonly limit: number;
}

export interface JobFilter {
  readonly definition?: string;
  readonly owner?: string;
  readonly state?: JobState;
  /** Part of the id, the definition's name or the first 4096 characters of the parameters' JSON text, whatever the case of its letters. */
  readonly text?: string;
  /** Milliseconds since 1970, the bounds included. */
  readonly createdFrom?: number;
  readonly createdTo?: number;
  /** Jobs after this one in the list. */
  readonly after?: string;
  readonly limit: number;
}

export interface ClaimRequest {
  readonly worker: string;
  readonly now: number;
  readonly leaseMs: number;
  /** Steps to begin at most. */
  readonly free: number;
  /** Step definitions this worker has. */
  readonly steps: readonly string[];
  readonly limits: ConcurrencyLimits;
}

/** One step in someone's hands, as it was when it was begun. */
export interface Claim {
  readonly job: JobRecord;
  readonly task: TaskRecord;
  readonly step: StepRecord;
}
