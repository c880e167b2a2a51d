import type { CallOptions } from "@zarr-gateway/primitives";
import type { JobDefinition, StepDefinition } from "./definition.ts";
import type { RecordedEvent } from "./event.ts";
import type { JobStats } from "./job-stats.ts";
import type { JobFilter } from "./job-store.ts";
import type { Json } from "./json-value.ts";
import type { JobRecord } from "./record.ts";

/** Runs jobs of a store, beside any number of other engines on the same store. */
export interface JobEngine {
  /** At set-up only: plugins bring jobs and steps. @throws GatewayError conflict for a name that is taken */
  defineJob<Params>(definition: JobDefinition<Params>): void;
  defineStep(step: StepDefinition): void;
  definitions(): readonly JobDescription[];
  /**
   * Plans and keeps a job; it is safe when this returns.
   * @throws GatewayError not_found for an unknown definition, invalid_request for parameters or a plan that do not fit,
   * unprocessable for another request under a known idempotency key, queue_full (details: position, retryAfterSeconds)
   */
  submit(
    definition: string,
    params: unknown,
    wishes?: SubmitWishes,
    options?: CallOptions,
  ): Promise<JobRecord>;
  get(id: string, options?: CallOptions): Promise<JobRecord | undefined>;
  list(filter: JobFilter, options?: CallOptions): Promise<readonly JobRecord[]>;
  /** Jobs before this one in the queue; undefined where it does not wait. */
  position(id: string, options?: CallOptions): Promise<number | undefined>;
  /** What has not begun never begins, what runs is told to stop. @throws GatewayError not_found */
  cancel(id: string, options?: CallOptions): Promise<JobRecord>;
  /** Begins the dead steps of a job anew. @throws GatewayError not_found, conflict where nothing is dead */
  retry(id: string, options?: CallOptions): Promise<JobRecord>;
  /** Calls the results of a job expired before their time. @throws GatewayError not_found, conflict while it goes on */
  expire(id: string, options?: CallOptions): Promise<JobRecord>;
  /** Forgets a job that has ended, its events and logs too. @throws GatewayError not_found, conflict while it goes on */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** What is in the store now, for metrics and health. */
  stats(options?: CallOptions): Promise<JobStats>;
  /** Events after a sequence number (0: all), until the job has ended. @throws GatewayError not_found */
  watch(id: string, after?: number, options?: CallOptions): AsyncIterable<RecordedEvent>;
  /** Begins to take steps. */
  start(): void;
  /** Takes no more, stops what runs here and hands it back for others to begin. Leaves the store open. */
  close(): Promise<void>;
}

export interface JobDescription {
  readonly name: string;
  readonly description?: string;
  readonly schema?: Json;
}

export interface SubmitWishes {
  /** Made by the definition's plugin where clients expect a form of their own. @throws GatewayError conflict where it is taken */
  readonly id?: string;
  /** Who asks; concurrency and idempotency count by it. */
  readonly owner?: string;
  readonly priority?: number;
  /** A repeated key within 24 hours gives back the first job. */
  readonly idempotencyKey?: string;
  /** What else was asked, such as who is to be told: the same under a key as definition, parameters and priority. */
  readonly besides?: Json;
}
