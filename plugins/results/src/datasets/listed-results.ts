import type { JobEngine, JobRecord, JobState } from "@zarr-gateway/jobs";
import { SingleFlight } from "@zarr-gateway/primitives";
import { manifestOf } from "../job-results.ts";
import { runState } from "../job-run.ts";
import { datasetIds } from "./dataset-names.ts";
import { liveStores, type OpenResultContext } from "./open-result.ts";

/** States in which a run may have, or may be making, a dataset: what failed after the run has one too. */
const STATES: readonly JobState[] = ["running", "publishing", "succeeded", "partially_succeeded", "failed"];

export interface ListedResultsOptions {
  readonly engine: Pick<JobEngine, "list">;
  readonly context: Pick<OpenResultContext, "folders" | "files">;
  /** Jobs of each state, newest first. */
  readonly maxJobs: number;
  /** For so long a list is given again. */
  readonly keepMs: number;
  readonly now?: () => number;
}

/** Ids of the datasets of the newest jobs, for catalogs: however many jobs there were, a list costs the same. */
export class ListedResults {
  readonly #options: ListedResultsOptions;
  readonly #flights = new SingleFlight<string, readonly string[]>();
  #kept: { readonly at: number; readonly ids: readonly string[] } | undefined;

  constructor(options: ListedResultsOptions) {
    this.#options = options;
  }

  async ids(): Promise<readonly string[]> {
    const now = (this.#options.now ?? performance.now.bind(performance))();
    if (this.#kept !== undefined && now - this.#kept.at < this.#options.keepMs) return this.#kept.ids;
    const ids = await this.#flights.run("ids", () => this.#list());
    this.#kept = { at: now, ids };
    return ids;
  }

  async #list(): Promise<readonly string[]> {
    const { engine, maxJobs } = this.#options;
    const jobs = new Map<string, JobRecord>();
    for (const state of STATES)
      for (const job of await engine.list({ state, limit: maxJobs })) jobs.set(job.id, job);
    const newest = [...jobs.values()].sort((a, b) => b.createdAt - a.createdAt);
    const ids: string[] = [];
    for (const job of newest) ids.push(...(await this.idsOf(job)));
    return ids;
  }

  /** Ids of the datasets of one job, the main one first. */
  async idsOf(job: JobRecord): Promise<readonly string[]> {
    if (job.expiredAt !== undefined) return [];
    return datasetIds(job.id, await this.#namesOf(job));
  }

  /** Of what has a manifest the record tells, of what runs the folder. */
  async #namesOf(job: JobRecord): Promise<readonly string[]> {
    const run = runState(job);
    if (run.state === "finished") return manifestOf(job)?.datasets ?? [];
    return run.state === "running" ? liveStores(job.id, run.attempt, this.#options.context, {}) : [];
  }
}
