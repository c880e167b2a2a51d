import type { Json } from "./json-value.ts";
import type { RetryPolicy, StepPhase } from "./step-policy.ts";

export type StepState = "waiting" | "ready" | "running" | "succeeded" | "failed" | "skipped" | "cancelled";

export type TaskState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

/** `cancelling` comes before `cancelled`; `expired` only after an end. */
export const JOB_STATES = [
  "queued",
  "planning",
  "running",
  "publishing",
  "succeeded",
  "partially_succeeded",
  "failed",
  "cancelling",
  "cancelled",
  "expired",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** All times are milliseconds since 1970. */
export interface JobRecord {
  readonly id: string;
  readonly definition: string;
  readonly owner: string;
  readonly params: Json;
  /** Higher runs earlier; waiting raises it. */
  readonly priority: number;
  readonly createdAt: number;
  /** How long results are kept after the end. */
  readonly retentionMs: number;
  /** When it must have ended. */
  readonly deadlineAt?: number | undefined;
  readonly tasks: readonly TaskRecord[];
  readonly cancelRequestedAt?: number | undefined;
  /** Why it is cancelled, where nobody asked for it: its steps then end as failed. */
  readonly cancelReason?: CancelReason | undefined;
  readonly endedAt?: number | undefined;
  readonly expiredAt?: number | undefined;
}

export interface TaskRecord {
  readonly key: string;
  readonly input: Json;
  readonly steps: readonly StepRecord[];
}

export interface StepRecord {
  readonly name: string;
  readonly step: string;
  readonly settings: Json;
  readonly dependsOn: readonly string[];
  readonly optional: boolean;
  readonly weight: number;
  readonly phase: StepPhase;
  readonly retry: RetryPolicy;
  readonly timeoutMs?: number | undefined;

  readonly state: StepState;
  /** Attempts begun; the number of the latest is the only one whose result counts. */
  readonly fence: number;
  /** Attempts that may be begun in all; asking for a dead step again raises it. */
  readonly attemptsAllowed: number;
  readonly attempts: readonly AttemptRecord[];
  /** Since when it is ready; what ageing counts from. */
  readonly readyAt: number;
  /** Not before this time: back-off; 0 for none. */
  readonly notBefore: number;
  readonly lease?: Lease | undefined;
  readonly progress?: StepProgress | undefined;
  readonly output?: Json | undefined;
  readonly error?: StepError | undefined;
}

export interface AttemptRecord {
  readonly number: number;
  readonly worker: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: "succeeded" | "cancelled" | "handed_back" | FailureReason;
  readonly error?: StepError;
}

/** Who runs a step, and until when it counts as alive. */
export interface Lease {
  readonly worker: string;
  readonly until: number;
}

export interface StepProgress {
  /** 0 to 1 of this step. */
  readonly fraction: number;
  /** What it does now, as a sentence. */
  readonly message?: string;
  /** Units of work done and in all, such as lead times. */
  readonly current?: number;
  readonly total?: number;
  /** What a definition wants to tell besides. */
  readonly details?: Json;
}

export interface StepError {
  readonly code: string;
  readonly message: string;
}

/** The deadline of the job passed. */
export type CancelReason = "timed_out";

export type FailureReason = "failed" | "timed_out" | "lost";
