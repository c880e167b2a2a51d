import type { Resource } from "@zarr-gateway/http";
import type { JobEngine, JobRecord } from "@zarr-gateway/jobs";
import { jobState } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";

/** So long a job is taken for what it was; after that a removal by another process shows. */
const FRESH_MS = 500;
const MAX_JOBS = 1024;
/** Of records and of what was made of them, all jobs together. */
const MAX_BYTES = 16 * 1024 * 1024;
/** One job must not push out all others. */
const MAX_SHARE = 1 / 8;
/** What is being removed here is asked for each time, until it is gone for certain. */
const LEAVING_MS = 10_000;
const MAX_LEFT = 10_000;

interface Kept {
  readonly job: JobRecord;
  readonly resources: Map<string, Resource>;
  bytes: number;
  until: number;
}

/**
 * Jobs that succeeded, with the documents that were made of them: nothing but removal can change them any more, and a store
 * that is read asks for one and the same job once for each chunk.
 */
export class SettledJobs {
  readonly #engine: Pick<JobEngine, "get">;
  readonly #now: () => number;
  /** Least recently asked for first. */
  readonly #kept = new Map<string, Kept>();
  /** With the time until which they are asked for each time, removed longest ago first. */
  readonly #left = new Map<string, number>();
  #bytes = 0;

  constructor(engine: Pick<JobEngine, "get">, now: () => number = () => performance.now()) {
    this.#engine = engine;
    this.#now = now;
  }

  /** One and the same object as long as nothing has changed. */
  async get(id: string, options?: CallOptions): Promise<JobRecord | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined && this.#now() < kept.until) return kept.job;
    const askedAt = this.#now();
    const job = await this.#engine.get(id, options);
    if (job === undefined || jobState(job) !== "succeeded" || this.#isLeaving(id)) {
      this.#forget(id);
      return job;
    }
    return this.#keep(job, askedAt + FRESH_MS);
  }

  /** Whether what was made of this record may be given without asking for it again. */
  isCurrent(job: JobRecord): boolean {
    const kept = this.#kept.get(job.id);
    return kept?.job === job && this.#now() < kept.until;
  }

  /** What was made of this record under a name. */
  resource(job: JobRecord, name: string): Resource | undefined {
    const kept = this.#kept.get(job.id);
    return kept?.job === job ? kept.resources.get(name) : undefined;
  }

  /** Keeps what was made of a job beside it, where there is room, and says until when it is current. */
  keepResource(job: JobRecord, name: string, made: Resource & { readonly bytes: number }): Resource {
    const { bytes, ...resource } = made;
    const shared: Resource = { ...resource, shareable: true, isCurrent: () => this.isCurrent(job) };
    const kept = this.#kept.get(job.id);
    if (kept?.job !== job || kept.bytes + bytes > MAX_BYTES * MAX_SHARE) return shared;
    kept.resources.set(name, shared);
    kept.bytes += bytes;
    this.#bytes += bytes;
    this.#makeRoom();
    return shared;
  }

  /** Its results are being removed: from now on the engine is asked each time. */
  leaves(id: string): void {
    this.#forget(id);
    this.#left.delete(id);
    this.#left.set(id, this.#now() + LEAVING_MS);
    const [oldest] = this.#left.size > MAX_LEFT ? this.#left.keys() : [];
    if (oldest !== undefined) this.#left.delete(oldest);
  }

  /** Its results were removed here, perhaps with its record: who has a store of it open would read 404 as fill values. */
  hasLeft(id: string): boolean {
    return this.#left.has(id);
  }

  #isLeaving(id: string): boolean {
    return this.#now() < (this.#left.get(id) ?? 0);
  }

  #keep(job: JobRecord, until: number): JobRecord {
    const known = this.#kept.get(job.id);
    if (known !== undefined && known.job.endedAt === job.endedAt) {
      known.until = Math.max(known.until, until);
      this.#kept.delete(job.id);
      this.#kept.set(job.id, known);
      return known.job;
    }
    this.#forget(job.id);
    const bytes = JSON.stringify(job).length;
    if (bytes > MAX_BYTES * MAX_SHARE) return job;
    this.#kept.set(job.id, { job, resources: new Map(), bytes, until });
    this.#bytes += bytes;
    this.#makeRoom();
    return job;
  }

  #makeRoom(): void {
    for (const id of this.#kept.keys()) {
      if (this.#bytes <= MAX_BYTES && this.#kept.size <= MAX_JOBS) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#bytes -= kept.bytes;
  }
}
