import type { CallOptions } from "@zarr-gateway/primitives";
import type { Json } from "./json-value.ts";
import type { StepProgress } from "./record.ts";
import type { RetryPolicy, StepPhase } from "./step-policy.ts";

/** What users ask for: parameters, and how they become tasks. */
export interface JobDefinition<Params> {
  readonly name: string;
  /** For lists and pages: one sentence. */
  readonly description?: string;
  /** JSON Schema 2020-12 of the parameters, for clients. */
  readonly schema?: Json;
  readonly params: { parse(input: unknown): Params };
  /**
   * What only looking elsewhere tells: times that do not exist, hosts that are not allowed. Asked before a job is kept.
   * @throws GatewayError invalid_request
   */
  check?(params: Params, options: CallOptions): Promise<void>;
  /** Jobs of it that may wait; the engine's number unless told. */
  readonly maxQueued?: number;
  /** How long results are kept after the end; the engine's time unless told. */
  readonly retentionMs?: number;
  /** Milliseconds from submission to the end, waiting included: then the job is cancelled with `timed_out`; no limit unless told. */
  readonly deadlineMs?: number;
  /** Pure. One task per area, time, member…, each with its steps. */
  plan(params: Params): readonly TaskPlan[];
}

export interface TaskPlan {
  /** Unique in its job. */
  readonly key: string;
  readonly input: Json;
  readonly steps: readonly StepCall[];
}

/** A step by name, so that it can run in another process and come from another plugin. */
export interface StepCall {
  /** Name of the step definition. */
  readonly step: string;
  /** Unique in its task; the step's own name unless told. */
  readonly name?: string;
  readonly settings?: Json;
  /** Names of earlier steps of the task; the step before it unless told. */
  readonly dependsOn?: readonly string[];
  /** Its failure leaves the task alone: what depends on it runs with null in its place. */
  readonly optional?: boolean;
  /** Share of the job's progress; 1 unless told. */
  readonly weight?: number;
  readonly phase?: StepPhase;
}

/**
 * Runs at least once: after a crash again. It writes where a second run may write again, and bulk data goes by reference.
 * Input: the task's input where it depends on nothing, the output of the one step before, or an object by step name.
 */
export interface StepDefinition {
  readonly name: string;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds for one attempt; no limit unless told. */
  readonly timeoutMs?: number;
  /**
   * It mostly ends within milliseconds, and harms nobody where it runs twice: it begins as soon as the step before it
   * ended, before that is kept, and both ends are kept at once. After a crash between the two the step before runs again.
   */
  readonly isBrief?: true;
  /** @throws what makes it fail; a GatewayError with `isFinal: true` among its details is not tried again */
  run(input: Json, settings: Json, context: StepContext): Promise<Json>;
}

export interface StepContext {
  readonly jobId: string;
  readonly taskKey: string;
  readonly stepName: string;
  /** Number of this attempt, from 1: the fence that its result must carry. */
  readonly attempt: number;
  /** Attempts before this one that failed or took too long: not those that were lost or handed back. */
  readonly failures: number;
  /** Aborted when the job is cancelled, the time is over or the lease is lost. */
  readonly signal: AbortSignal;
  /** The latest news counts; it is kept with the next heartbeat. */
  progress(news: StepProgress): void;
  /** One or more lines for the log of this attempt. Bounded: past its limit a line says so and the rest is dropped. */
  log(text: string): void;
}
