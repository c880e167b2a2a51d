import { type FileHandle, open } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@zarr-gateway/primitives";
import { guarded, isBusy } from "./database-errors.ts";

/** How long a transaction waits for another process's; ours take milliseconds. */
const BUSY_MS = 5000;
/** Calls that wait for one transaction; more are refused. */
const MAX_WAITING = 10_000;

export interface Change<Result> {
  /** Has no pause; runs again when another change of its transaction fails. */
  readonly work: () => Result;
  /** Whether it must outlive a loss of power before it is acknowledged. */
  readonly isDurable: (result: Result) => boolean;
}

interface Waiting {
  readonly run: () => void;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Gathers the changes of one turn of the event loop into one transaction. A commit writes to the log, which outlives
 * kill -9; what must outlive a loss of power waits besides for the disk, many changes for one flush and nobody blocked.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #disk: LogFlush;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#disk = new LogFlush(path);
  }

  /** @throws GatewayError overloaded, internal; what `work` throws: then this change alone did not happen */
  async change<Result>({ work, isDurable }: Change<Result>): Promise<Result> {
    const result = await this.#committed(work);
    if (isDurable(result)) await this.#disk.flushed();
    return result;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#disk.close();
  }

  #committed<Result>(work: () => Result): Promise<Result> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new GatewayError("overloaded", "too many changes wait for the jobs database"));
    return new Promise((resolve, reject) => {
      let settle = (): void => {};
      const run = (): void => {
        const result = work();
        settle = () => resolve(result);
      };
      this.#waiting.push({ run, settle: () => settle(), fail: reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    // Everything that this turn of the event loop asks for goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#commit(batch);
    }
    this.#flushing = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#transaction(() => {
        for (const { run } of batch) run();
      });
      for (const { settle } of batch) settle();
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) only?.fail(error);
      // One of them cannot be: each gets a transaction of its own, so that only it fails.
      else for (const one of batch) await this.#commit([one]);
    }
  }

  async #transaction(work: () => void): Promise<void> {
    await this.#begun();
    guarded(() => {
      try {
        work();
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Waits for other processes without stopping this one. */
  async #begun(): Promise<void> {
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

/** Brings the write-ahead log to the disk, once for everybody who waits. */
class LogFlush {
  readonly #path: string | undefined;
  #file: Promise<FileHandle> | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path === ":memory:" ? undefined : `${path}-wal`;
  }

  /** Until all that was committed before this call is on the disk. */
  flushed(): Promise<void> {
    // A flush that has begun may have begun before the commit: only the next one counts.
    this.#next ??= (this.#running ?? Promise.resolve()).then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#running?.catch(() => {});
    const file = await this.#file?.catch(() => undefined);
    await file?.close();
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#flush();
    return this.#running;
  }

  async #flush(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      this.#file ??= open(this.#path, "r+");
      await (await this.#file).datasync();
    } catch (error) {
      this.#file = undefined;
      throw new GatewayError("internal", "the jobs database cannot be brought to the disk", {}, error);
    }
  }
}
