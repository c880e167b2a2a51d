import { type FileHandle, open } from "node:fs/promises";
import { GatewayError } from "@zarr-gateway/primitives";

/**
 * Brings SQLite's write-ahead log to the disk, once for everybody who waits. SQLite takes no locks on that file, so that
 * opening and closing it beside SQLite is safe (it is not for the database itself: https://sqlite.org/howtocorrupt.html 2.2).
 */
export class LogFlush {
  readonly #path: string | undefined;
  #file: Promise<FileHandle> | undefined;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path === ":memory:" ? undefined : `${path}-wal`;
  }

  /** Until all that was committed before this call is on the disk. */
  flushed(): Promise<void> {
    // A flush that runs may have begun before the commit: only the next one counts.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const flush = this.#flush();
      this.#running = flush.catch(() => {});
      return flush;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#running;
    const file = await this.#file?.catch(() => undefined);
    await file?.close();
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
