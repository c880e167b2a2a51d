import type { JobEngine, JobRecord } from "@zarr-gateway/jobs";
import { jobState } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";

/** As long as the server gives answers again without asking; it adds to the time after which a removal shows. */
const FRESH_MS = 500;
const MAX_JOBS = 1024;

interface Kept {
  readonly job: JobRecord;
  readonly until: number;
}

/**
 * Jobs that succeeded, for some moments: nothing but removal can change them any more, and a store that is read asks for one
 * and the same job once for each chunk.
 */
export class SettledJobs {
  readonly #engine: Pick<JobEngine, "get">;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  constructor(engine: Pick<JobEngine, "get">, now: () => number = () => performance.now()) {
    this.#engine = engine;
    this.#now = now;
  }

  async get(id: string, options?: CallOptions): Promise<JobRecord | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined && this.#now() < kept.until) return kept.job;
    this.#kept.delete(id);
    const job = await this.#engine.get(id, options);
    if (job !== undefined && jobState(job) === "succeeded") this.#keep(job);
    return job;
  }

  #keep(job: JobRecord): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_JOBS && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(job.id, { job, until: this.#now() + FRESH_MS });
  }
}
