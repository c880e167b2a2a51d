import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { JobRecord } from "../../record.ts";

/** Jobs that are kept: those that go on are read and written several times within moments. */
const MAX_JOBS = 256;
/** Characters of JSON of one of them, as it was read: larger ones are read again. */
const MAX_LENGTH = 32_768;

/**
 * Records as this connection has read or written them last, for as long as no other connection writes. To be refreshed at
 * the beginning of each transaction, and cleared with each one that is rolled back.
 */
export class KnownJobs {
  readonly #version: StatementSync;
  /** Least recently used first. */
  readonly #jobs = new Map<string, JobRecord>();
  #seen: unknown;

  constructor(database: DatabaseSync) {
    // Another number after each commit of another connection, of this process or another: https://sqlite.org/pragma.html
    this.#version = database.prepare("PRAGMA data_version");
  }

  refresh(): void {
    const version = this.#version.get()?.["data_version"];
    if (version !== this.#seen) this.clear();
    this.#seen = version;
  }

  get(id: string): JobRecord | undefined {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#keep(id, job);
    return job;
  }

  /** @param length of its texts together */
  read(id: string, job: JobRecord, length: number): void {
    if (length <= MAX_LENGTH) this.#keep(id, job);
  }

  /** @param length of the texts that were written */
  changed(id: string, job: JobRecord, length: number): void {
    // What was too long when it was read stays out, and what grows goes.
    if (length > MAX_LENGTH) this.#jobs.delete(id);
    else if (this.#jobs.has(id)) this.#keep(id, job);
  }

  forget(id: string): void {
    this.#jobs.delete(id);
  }

  clear(): void {
    this.#jobs.clear();
  }

  #keep(id: string, job: JobRecord): void {
    this.#jobs.delete(id);
    this.#jobs.set(id, job);
    const [oldest] = this.#jobs.size > MAX_JOBS ? this.#jobs.keys() : [];
    if (oldest !== undefined) this.#jobs.delete(oldest);
  }
}
