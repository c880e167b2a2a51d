import type { Json } from "./json-value.ts";
import type { CancelReason, FailureReason, JobState, StepError, StepProgress } from "./record.ts";

/** One attempt of one step: who does not name the latest attempt is not heard. */
export interface StepAttempt {
  readonly task: string;
  readonly step: string;
  readonly fence: number;
}

/** What happens to a job. Times are milliseconds since 1970. */
export type JobEvent = { readonly at: number } & (
  | { readonly type: "job_submitted" }
  | ({ readonly type: "step_started"; readonly worker: string; readonly until: number } & StepAttempt)
  | ({ readonly type: "step_progressed" } & StepProgress & StepAttempt)
  | ({ readonly type: "lease_renewed"; readonly until: number } & StepAttempt)
  | ({ readonly type: "step_succeeded"; readonly output: Json } & StepAttempt)
  | ({
      readonly type: "step_failed";
      readonly reason: FailureReason;
      readonly error: StepError;
      /** When it may be tried again; a step without one stays failed. */
      readonly retryAt?: number;
      /** Of a lease that did not move, whatever the clock says: the end that was seen. A renewed one has another. */
      readonly leaseUntil?: number;
    } & StepAttempt)
  | ({ readonly type: "step_cancelled" } & StepAttempt)
  /** Its worker ends and gives it to the next one; that is no attempt of its own. */
  | ({ readonly type: "step_handed_back" } & StepAttempt)
  | { readonly type: "step_requeued"; readonly task: string; readonly step: string }
  | { readonly type: "job_cancelled"; readonly reason?: CancelReason }
  | { readonly type: "job_expired" }
  | { readonly type: "job_state_changed"; readonly state: JobState }
);

/** An event as it is kept: numbers rise by one within a job, from 1. */
export interface RecordedEvent {
  readonly sequence: number;
  readonly event: JobEvent;
}
