import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { GatheredChanges } from "../gathered-changes.ts";
import { type CheckpointOptions, Checkpoints } from "./checkpoints.ts";
import { guarded, isBusy } from "./database-errors.ts";
import type { KnownJobs } from "./known-jobs.ts";
import { LogFlush } from "./log-flush.ts";

/** How long a transaction waits for another process's; ours take milliseconds. */
const BUSY_MS = 5000;

export interface Change<Result> {
  /** Has no pause; runs again when another change of its transaction fails. */
  readonly work: () => Result;
  /** Whether it must outlive a loss of power before it is acknowledged. */
  readonly isDurable: (result: Result) => boolean;
}

/**
 * The changes of one turn of the event loop in one transaction. A commit writes to the log, which outlives kill -9; what
 * must outlive a loss of power waits besides for the disk, many changes for one flush and nobody blocked.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #disk: LogFlush;
  readonly #checkpoints: Checkpoints;
  readonly #known: KnownJobs;
  readonly #changes = new GatheredChanges<() => unknown, unknown>((works) => this.#commit(works));

  constructor(database: DatabaseSync, known: KnownJobs, { path, onError }: CheckpointOptions) {
    this.#database = database;
    this.#known = known;
    this.#disk = new LogFlush(path);
    this.#checkpoints = new Checkpoints(database, { path, onError });
  }

  /** @throws GatewayError overloaded, internal; what `work` throws: then this change alone did not happen */
  async change<Result>({ work, isDurable }: Change<Result>): Promise<Result> {
    const result = (await this.#changes.make(work)) as Result; // what `work` gave, in its own place
    if (isDurable(result)) await this.#disk.flushed();
    return result;
  }

  async close(): Promise<void> {
    await this.#changes.settled();
    await this.#disk.close();
    await this.#checkpoints.close();
  }

  async #commit(works: readonly (() => unknown)[]): Promise<readonly unknown[]> {
    await this.#begin();
    return guarded(() => {
      try {
        this.#known.refresh();
        const results = works.map((work) => work());
        this.#database.exec("COMMIT");
        this.#checkpoints.committed();
        return results;
      } catch (error) {
        this.#known.clear();
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Waits for other processes without stopping this one. */
  async #begin(): Promise<void> {
    const end = performance.now() + BUSY_MS;
    for (;;) {
      try {
        // IMMEDIATE: a transaction that reads first and writes later could not wait for another process's lock.
        this.#database.exec("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end)
          guarded(() => {
            throw error;
          });
      }
      await sleep(1 + Math.random() * 9);
    }
  }
}
