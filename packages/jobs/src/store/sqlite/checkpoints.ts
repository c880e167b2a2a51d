import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { siblingModule } from "@zarr-gateway/primitives";

/** Commits after which the log is brought into the database: pages that change often are then written once for many commits. */
const COMMITS = 200;
/** The thread is gone when nobody needed it for so long. */
const IDLE_MS = 10_000;
/** Of the log, 4 KiB each: where the thread cannot do it, this connection does, and everybody waits. */
const MOST_PAGES = 20_000;

export interface CheckpointOptions {
  /** Of the database. */
  readonly path: string;
  /** Told why the thread could not: the log then grows up to its end before it is emptied. */
  readonly onError: (error: unknown) => void;
}

/** Brings what commits have gathered in SQLite's write-ahead log into the database, on a thread of its own. */
export class Checkpoints {
  readonly #options: CheckpointOptions;
  #commits = 0;
  #thread: Worker | undefined;
  #isRunning = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(database: DatabaseSync, options: CheckpointOptions) {
    this.#options = options;
    if (options.path !== ":memory:") database.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  }

  /** To be told of each commit. */
  committed(): void {
    this.#commits += 1;
    if (this.#commits < COMMITS || this.#isRunning || this.#options.path === ":memory:") return;
    this.#commits = 0;
    this.#isRunning = true;
    clearTimeout(this.#idle);
    this.#thread ??= this.#started();
    this.#thread.postMessage("checkpoint");
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#thread?.terminate();
  }

  #started(): Worker {
    const thread = new Worker(siblingModule(import.meta.url, "checkpoint-thread"), {
      workerData: this.#options.path,
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 },
    });
    thread.unref();
    thread.on("message", () => this.#rest());
    thread.on("error", this.#options.onError);
    thread.on("exit", () => {
      this.#isRunning = false;
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }

  #rest(): void {
    this.#isRunning = false;
    this.#idle = setTimeout(() => void this.#thread?.terminate(), IDLE_MS);
    this.#idle.unref();
  }
}
