import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { JobDefinition, StepDefinition } from "../definition.ts";
import type { RecordedEvent } from "../event.ts";
import type { JobDescription, JobEngine, SubmitWishes } from "../job-engine.ts";
import type { JobStats } from "../job-stats.ts";
import type { JobRecord } from "../record.ts";
import { Changes } from "./changes.ts";
import { type EngineSettings, engineSettings, type JobEngineOptions } from "./engine-options.ts";
import { type PlannedDefinition, plannedDefinition } from "./planned-definition.ts";
import { acceptedJob, newJob } from "./submit-job.ts";
import { toldStore } from "./told-store.ts";
import { watchedEvents } from "./watch-job.ts";
import { Watches } from "./watches.ts";
import { Worker } from "./worker.ts";

/** An engine on a store; it takes no steps before `start`. */
export function createJobEngine(options: JobEngineOptions): JobEngine {
  return new StoreJobEngine(engineSettings(options));
}

class StoreJobEngine implements JobEngine {
  readonly #settings: EngineSettings;
  readonly #definitions = new Map<string, PlannedDefinition>();
  readonly #steps = new Map<string, StepDefinition>();
  readonly #watches: Watches;
  readonly #work: Changes;
  readonly #endNews: (() => void) | undefined;
  readonly #worker: Worker;

  constructor(settings: EngineSettings) {
    this.#watches = new Watches(settings);
    this.#work = new Changes(settings.clock);
    this.#settings = {
      ...settings,
      store: toldStore(settings.store, { work: this.#work, watches: this.#watches }),
    };
    this.#worker = new Worker(this.#settings, this.#steps, this.#work);
    this.#endNews = settings.store.onNews?.(() => {
      this.#work.tell();
      this.#watches.news();
    });
  }

  defineJob<Params>(definition: JobDefinition<Params>): void {
    if (this.#definitions.has(definition.name)) throw taken("job", definition.name);
    this.#definitions.set(definition.name, plannedDefinition(definition));
  }

  defineStep(step: StepDefinition): void {
    if (this.#steps.has(step.name)) throw taken("step", step.name);
    this.#steps.set(step.name, step);
  }

  definitions(): readonly JobDescription[] {
    return [...this.#definitions.values()].map(({ description }) => description);
  }

  async submit(
    name: string,
    params: unknown,
    wishes: SubmitWishes = {},
    options: CallOptions = {},
  ): Promise<JobRecord> {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new GatewayError("not_found", `no job "${name}" is defined`);
    const parts = { steps: this.#steps, settings: this.#settings };
    const { job, rule } = await newJob({ definition, params, wishes }, parts, options);
    return acceptedJob(await this.#settings.store.create(job, rule, options), job);
  }

  get(id: string, options?: CallOptions): Promise<JobRecord | undefined> {
    return this.#settings.store.get(id, options);
  }

  list(filter: Parameters<JobEngine["list"]>[0], options?: CallOptions): Promise<readonly JobRecord[]> {
    return this.#settings.store.list(filter, options);
  }

  position(id: string, options?: CallOptions): Promise<number | undefined> {
    return this.#settings.store.position(id, options);
  }

  async cancel(id: string): Promise<JobRecord> {
    const at = this.#settings.clock.now();
    const appended = await this.#settings.store.append(id, [{ type: "job_cancelled", at }]);
    if (appended === undefined) throw unknownJob(id);
    this.#worker.cancelled(id);
    return appended.job;
  }

  async retry(id: string): Promise<JobRecord> {
    let job = await this.#existing(id);
    let begun = 0;
    for (const task of job.tasks)
      for (const step of task.steps) {
        if (step.state !== "failed") continue;
        const at = this.#settings.clock.now();
        const event = { type: "step_requeued", task: task.key, step: step.name, at } as const;
        const appended = await this.#settings.store.append(id, [event]);
        if (appended === undefined || !appended.applied) continue;
        job = appended.job;
        begun += 1;
      }
    if (begun === 0) throw new GatewayError("conflict", `job "${id}" has no dead step that could begin anew`);
    return job;
  }

  async expire(id: string, options?: CallOptions): Promise<JobRecord> {
    const event = { type: "job_expired", at: this.#settings.clock.now() } as const;
    const appended = await this.#settings.store.append(id, [event], options);
    if (appended === undefined) throw unknownJob(id);
    if (appended.job.expiredAt !== undefined) return appended.job;
    throw new GatewayError("conflict", `job "${id}" goes on: cancel it first`);
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    const removed = await this.#settings.store.remove(id, options);
    if (removed === undefined) throw unknownJob(id);
    if (!removed) throw new GatewayError("conflict", `job "${id}" goes on: cancel it first`);
    await this.#settings.logs.remove(id);
  }

  stats(options?: CallOptions): Promise<JobStats> {
    return this.#settings.store.stats(options);
  }

  watch(id: string, after = 0, options: CallOptions = {}): AsyncGenerator<RecordedEvent> {
    return watchedEvents({ id, after }, { store: this.#settings.store, watches: this.#watches }, options);
  }

  start(): void {
    this.#worker.start();
  }

  async close(): Promise<void> {
    this.#endNews?.();
    await this.#worker.close();
  }

  async #existing(id: string): Promise<JobRecord> {
    const job = await this.#settings.store.get(id);
    if (job === undefined) throw unknownJob(id);
    return job;
  }
}

function unknownJob(id: string): GatewayError {
  return new GatewayError("not_found", `no job "${id}"`);
}

function taken(kind: string, name: string): GatewayError {
  return new GatewayError("conflict", `two ${kind}s are named "${name}"`);
}
