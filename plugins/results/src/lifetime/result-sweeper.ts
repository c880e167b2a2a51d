import { rm, stat } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import type { JobEngine, JobFolders, JobRecord } from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import {
  GatewayError,
  isGatewayError,
  mapConcurrently,
  messageOf,
  SingleFlight,
} from "@zarr-gateway/primitives";
import { manifestOf } from "../job-results.ts";
import { hasEnded } from "../job-run.ts";
import { diskBytes } from "./disk-bytes.ts";
import { jobsIn } from "./jobs-in-folder.ts";
import { type Kept, KeptResults } from "./kept-results.ts";
import { KeptSum } from "./kept-sum.ts";
import { namesIn } from "./remove-files.ts";

export interface ResultSweeperOptions {
  readonly engine: Pick<JobEngine, "get" | "list" | "expire">;
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

/** What the folder of a job can hold. */
const OF_JOBS = /^(?:attempt-\d+|published|logs|leaving-.+)$/;
const RETRY_AFTER_S = 60;
/** For so long a sum is believed. */
const FRESH_MS = 5000;
/** A look that takes long is not taken again before so many times its length: it may not take more than a part of a core. */
const PACE = 20;
/** States in which results grow. */
const OPEN_STATES = ["planning", "running", "publishing", "cancelling"] as const;
/** More steps than this do not run at once. */
const MAX_OPEN = 1000;
/** Records read at once. */
const LOOKS = 8;

/**
 * Looks after the folder of results: what has expired goes, the oldest goes where there is no room, and what nobody knows
 * any more goes as well. Any number of processes may do so on one folder, and a crash leaves nothing but work for the next.
 * Who asks for room is answered from the sum of the last look, which is at most `everyMs` old, however many results there are.
 */
export class ResultSweeper {
  readonly #options: Required<ResultSweeperOptions>;
  readonly #flights = new SingleFlight<string, void>();
  readonly #closing = new AbortController();
  readonly #kept = new KeptResults();
  readonly #sum: KeptSum;
  /** Of the last one who looked, until this one has. */
  #sumBefore: Promise<number> | undefined;
  #hasSwept = false;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(options: ResultSweeperOptions) {
    this.#options = { everyMs: 30_000, now: Date.now, ...options };
    this.#sum = new KeptSum(options.folders.root);
  }

  /** Bytes of all results when they were last looked at. */
  get bytes(): number {
    return this.#kept.bytes;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#sweepQuietly(), this.#options.everyMs).unref();
    this.#sweepQuietly();
  }

  /** When it has let go of the folder. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#sweeping;
  }

  /** Waits for no look at the results, but lets one begin. @throws GatewayError queue_full */
  async assertRoom(): Promise<void> {
    if (performance.now() >= this.#freshUntil) this.#sweepQuietly();
    this.#sumBefore ??= this.#readSum();
    const before = await this.#sumBefore;
    const bytes = this.#hasSwept ? this.bytes : before;
    if (bytes < this.#options.maxBytes) return;
    const message = `results of running jobs fill the room there is (jobs.results.maxBytes): try again in ${RETRY_AFTER_S} s`;
    throw new GatewayError("queue_full", message, { retryAfterSeconds: RETRY_AFTER_S });
  }

  /** They are being removed by somebody else. */
  forget(job: string): void {
    this.#kept.forget(job);
  }

  sweep(): Promise<void> {
    const sweep = this.#flights.run("sweep", () => this.#sweep());
    this.#sweeping = sweep.catch(() => undefined); // told to who asked
    return sweep;
  }

  #sweepQuietly(): void {
    // the database or the disk may be away for a while: the next round tries again
    this.sweep().catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#options.log.warn({ err: error }, `results were not looked after: ${messageOf(error)}`);
    });
  }

  async #readSum(): Promise<number> {
    try {
      return (await this.#sum.read()) ?? 0;
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        "how much room results take is not known before all were looked at",
      );
      return 0;
    }
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const began = performance.now();
    this.#freshUntil = Number.POSITIVE_INFINITY; // one at a time
    try {
      await this.#lookAtAll();
      await this.#makeRoom();
    } finally {
      const ended = performance.now();
      this.#freshUntil = ended + Math.max(FRESH_MS, PACE * (ended - began));
    }
    signal.throwIfAborted();
    await this.#sum.write(this.bytes);
  }

  async #lookAtAll(): Promise<void> {
    const open = await this.#openJobs();
    this.#kept.beginRound();
    const unsettled = await this.#unsettled(open);
    await mapConcurrently(unsettled, LOOKS, async (job) => {
      await turn(undefined, { signal: this.#closing.signal }); // others come between
      await this.#attended(job, () => this.#look(job, open.get(job)));
    });
    this.#kept.forgetUnseen();
    this.#hasSwept = true;
  }

  /** Also those that had ended and were begun anew. */
  async #openJobs(): Promise<ReadonlyMap<string, JobRecord>> {
    const { engine } = this.#options;
    const lists = await Promise.all(OPEN_STATES.map((state) => engine.list({ state, limit: MAX_OPEN })));
    return new Map(lists.flat().map((job) => [job.id, job]));
  }

  /** What one job's files refuse must not keep the others: what was known of it stays. */
  async #attended(job: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      const message = `results of "${job}" were not looked after: ${messageOf(error)}`;
      this.#options.log.warn({ job, err: error }, message);
    }
  }

  async #look(job: string, open: JobRecord | undefined): Promise<void> {
    const { engine, remove } = this.#options;
    const record = open ?? (await engine.get(job));
    if (record !== undefined && record.expiredAt === undefined)
      return this.#kept.put(await this.#measured(record));
    if (record === undefined) await this.#lookAtOrphan(job);
    else await remove(job);
    this.#kept.forget(job);
  }

  async #measured(record: JobRecord): Promise<Kept> {
    const { id: job } = record;
    const isOpen = !hasEnded(record);
    const endedAt = isOpen ? undefined : (record.endedAt ?? record.createdAt);
    const settledUntil = endedAt === undefined ? 0 : endedAt + record.retentionMs;
    const known = this.#kept.seen(job);
    const bytes = manifestOf(record)?.bytes;
    if (bytes !== undefined) return { job, bytes, endedAt, settledUntil, measuredUntil: 0 };
    const began = performance.now();
    if (isOpen && known !== undefined && began < known.measuredUntil)
      return { ...known, endedAt, settledUntil };
    const measured = await diskBytes(this.#options.folders.of(job), { signal: this.#closing.signal });
    const now = performance.now();
    return { job, bytes: measured, endedAt, settledUntil, measuredUntil: now + PACE * (now - began) };
  }

  /** Not at once: its record may be in the middle of being made or restored. */
  async #lookAtOrphan(job: string): Promise<void> {
    const { folders, orphanMs, now, remove, log } = this.#options;
    const { mtimeMs } = await stat(folders.of(job));
    if (now() - mtimeMs < orphanMs) return;
    // somebody's own folder may be called as a job could be
    if (!(await namesIn(folders.of(job))).every((name) => OF_JOBS.test(name))) return;
    await remove(job);
    await rm(folders.of(job), { recursive: true, force: true });
    log.info({ job }, `what was left of "${job}" was removed: there is no such job any more`);
  }

  async #makeRoom(): Promise<void> {
    const { maxBytes, engine, remove, log } = this.#options;
    if (this.bytes <= maxBytes) return;
    for (const { job } of this.#kept.endedFirst()) {
      if (this.bytes <= maxBytes) return;
      await this.#attended(job, async () => {
        await engine.expire(job).catch((error: unknown) => {
          if (!isGatewayError(error) || error.code !== "not_found") throw error;
        });
        await remove(job);
        this.#kept.forget(job);
        log.info(
          { job },
          `results of "${job}" were removed before their time: there was no room (jobs.results.maxBytes)`,
        );
      });
    }
  }

  /** Jobs whose results are there, and of which something may have changed. */
  async #unsettled(open: ReadonlyMap<string, unknown>): Promise<readonly string[]> {
    const { folders, now } = this.#options;
    const found: string[] = [];
    for await (const job of jobsIn(folders.root)) {
      const known = this.#kept.seen(job);
      if (known === undefined || open.has(job) || now() >= known.settledUntil) found.push(job);
    }
    return found;
  }
}
