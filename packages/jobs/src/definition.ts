import type { Json } from "./json-value.ts";

/** What users ask for: parameters, and how they become tasks. */
export interface JobDefinition<Params> {
  readonly name: string;
  readonly params: { parse(input: unknown): Params };
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

/** Which state of the job this step stands for while it runs. */
export type StepPhase = "planning" | "running" | "publishing";

/**
 * Runs at least once: after a crash again. It writes where a second run may write again, and bulk data goes by reference.
 * Input: the task's input where it depends on nothing, the output of the one step before, or an object by step name.
 */
export interface StepDefinition {
  readonly name: string;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds for one attempt; no limit unless told. */
  readonly timeoutMs?: number;
  run(input: Json, settings: Json, context: StepContext): Promise<Json>;
}

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** Pause before the second attempt, doubled for each further one. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

export interface StepContext {
  readonly jobId: string;
  readonly taskKey: string;
  readonly stepName: string;
  /** Number of this attempt, from 1: the fence that its result must carry. */
  readonly attempt: number;
  /** Aborted when the job is cancelled, the time is over or the lease is lost. */
  readonly signal: AbortSignal;
  /** @param fraction 0 to 1 of this step */
  progress(fraction: number, message?: string): void;
}
