import { opendir, rm, stat } from "node:fs/promises";
import { checkedJobId, type JobEngine, type JobFolders, type JobRecord } from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import { GatewayError, isGatewayError, messageOf, SingleFlight } from "@zarr-gateway/primitives";
import { manifestOf } from "../job-results.ts";
import { hasEnded } from "../job-run.ts";
import { diskBytes } from "./disk-bytes.ts";
import { isAbsent, namesIn } from "./remove-files.ts";

export interface ResultSweeperOptions {
  readonly engine: Pick<JobEngine, "get" | "expire">;
  readonly folders: JobFolders;
  /** Of the results of all jobs together. */
  readonly maxBytes: number;
  /** A folder without a record is removed when nothing has changed in it for so long. */
  readonly orphanMs: number;
  /** Removes what a job left, here and where it was stored. */
  readonly remove: (job: string) => Promise<void>;
  readonly log: Log;
  readonly everyMs?: number;
  readonly now?: () => number;
}

/** Results that lie on the disk. */
interface Kept {
  readonly job: string;
  readonly bytes: number;
  /** undefined: it goes on, and may not be touched. */
  readonly endedAt: number | undefined;
  /** Until then the record need not be read again. */
  readonly settledUntil: number;
}

/** What the folder of a job can hold. */
const OF_JOBS = /^(?:attempt-\d+|published|logs|leaving-.+)$/;
const RETRY_AFTER_S = 60;
/** For so long a sum is believed. */
const FRESH_MS = 5000;

/**
 * Looks after the folder of results: what has expired goes, the oldest goes where there is no room, and what nobody knows
 * any more goes as well. Any number of processes may do so on one folder, and a crash leaves nothing but work for the next.
 */
export class ResultSweeper {
  readonly #options: Required<ResultSweeperOptions>;
  readonly #flights = new SingleFlight<string, void>();
  #kept = new Map<string, Kept>();
  #sweptAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResultSweeperOptions) {
    this.#options = { everyMs: 30_000, now: Date.now, ...options };
  }

  /** Bytes of all results when they were last looked at. */
  get bytes(): number {
    return this.#kept.values().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#sweepQuietly(), this.#options.everyMs).unref();
    this.#sweepQuietly();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** @throws GatewayError queue_full */
  async assertRoom(): Promise<void> {
    const { maxBytes, now } = this.#options;
    if (now() - this.#sweptAt >= FRESH_MS) await this.sweep();
    if (this.bytes < maxBytes) return;
    const message = `results of running jobs fill the room there is (jobs.results.maxBytes): try again in ${RETRY_AFTER_S} s`;
    throw new GatewayError("queue_full", message, { retryAfterSeconds: RETRY_AFTER_S });
  }

  sweep(): Promise<void> {
    return this.#flights.run("sweep", () => this.#sweep());
  }

  #sweepQuietly(): void {
    // the database or the disk may be away for a while: the next round tries again
    this.sweep().catch((error: unknown) =>
      this.#options.log.warn({ err: error }, `results were not looked after: ${messageOf(error)}`),
    );
  }

  async #sweep(): Promise<void> {
    const kept = new Map<string, Kept>();
    for (const job of await this.#folders()) {
      const one = await this.#attended(job, () => this.#look(job));
      if (one !== undefined) kept.set(job, one);
    }
    this.#kept = kept;
    this.#sweptAt = this.#options.now();
    await this.#makeRoom();
  }

  /** What one job's files refuse must not keep the others. */
  async #attended<Result>(job: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.log.warn(
        { job, err: error },
        `results of "${job}" were not looked after: ${messageOf(error)}`,
      );
      return this.#kept.get(job) as Result | undefined; // only `#look` gives something, and it is of this type
    }
  }

  async #look(job: string): Promise<Kept | undefined> {
    const { engine, remove, now } = this.#options;
    const known = this.#kept.get(job);
    if (known !== undefined && now() < known.settledUntil) return known;
    const record = await engine.get(job);
    if (record === undefined) return this.#lookAtOrphan(job);
    if (record.expiredAt !== undefined) {
      await remove(job);
      return undefined;
    }
    const bytes = await this.#bytesOf(record);
    if (!hasEnded(record)) return { job, bytes, endedAt: undefined, settledUntil: 0 };
    const endedAt = record.endedAt ?? record.createdAt;
    return { job, bytes, endedAt, settledUntil: endedAt + record.retentionMs };
  }

  /** Not at once: its record may be in the middle of being made or restored. */
  async #lookAtOrphan(job: string): Promise<undefined> {
    const { folders, orphanMs, now, remove, log } = this.#options;
    const { mtimeMs } = await stat(folders.of(job));
    if (now() - mtimeMs < orphanMs) return undefined;
    // somebody's own folder may be called as a job could be
    if (!(await namesIn(folders.of(job))).every((name) => OF_JOBS.test(name))) return undefined;
    await remove(job);
    await rm(folders.of(job), { recursive: true, force: true });
    log.info({ job }, `what was left of "${job}" was removed: there is no such job any more`);
    return undefined;
  }

  async #bytesOf(record: JobRecord): Promise<number> {
    return manifestOf(record)?.bytes ?? diskBytes(this.#options.folders.of(record.id));
  }

  async #makeRoom(): Promise<void> {
    const { maxBytes, engine, remove, log } = this.#options;
    const oldest = [...this.#kept.values()]
      .filter(({ endedAt, bytes }) => endedAt !== undefined && bytes > 0)
      .sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
    for (const { job } of oldest) {
      if (this.bytes <= maxBytes) return;
      await this.#attended(job, async () => {
        await engine.expire(job).catch((error: unknown) => {
          if (!isGatewayError(error) || error.code !== "not_found") throw error;
        });
        await remove(job);
        this.#kept.delete(job);
        log.info(
          { job },
          `results of "${job}" were removed before their time: there was no room (jobs.results.maxBytes)`,
        );
        return undefined;
      });
    }
  }

  async #folders(): Promise<readonly string[]> {
    const found: string[] = [];
    try {
      for await (const entry of await opendir(this.#options.folders.root))
        if (entry.isDirectory() && isJobId(entry.name)) found.push(entry.name);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return found;
  }
}

function isJobId(name: string): boolean {
  try {
    return checkedJobId(name) === name;
  } catch {
    return false; // a folder of somebody else
  }
}
