import type { Dataset } from "@zarr-gateway/dataset";
import type { Log } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";

/**
 * A dataset that is held open, and how many requests are using it. It is closed when it has been retired
 * (idle, pushed out, replaced by a newer version), nobody holds it, and a grace period has passed for those who
 * got it without holding it.
 */
export class OpenDataset {
  readonly id: string;
  readonly dataset: Dataset;
  /** When `isCurrent` last said yes, and when somebody last asked for it; milliseconds of the catalog's clock. */
  checkedAt: number;
  usedAt: number;
  /** A newer version is there: what was remembered of this one is answered no more. */
  isReplaced = false;
  #holders = 0;
  #isRetired = false;
  #onClosed: () => void = () => undefined;
  readonly #log: Log;
  #closed: Promise<void> | undefined;

  constructor(id: string, dataset: Dataset, now: number, log: Log) {
    this.id = id;
    this.dataset = dataset;
    this.checkedAt = now;
    this.usedAt = now;
    this.#log = log;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#isRetired && this.#holders === 0) void this.close();
  }

  /** Closes after the grace period, as soon as nobody holds it. */
  retire(graceMs: number, onClosed: () => void = () => undefined): void {
    this.#onClosed = onClosed;
    setTimeout(() => {
      this.#isRetired = true;
      if (this.#holders === 0) void this.close();
    }, graceMs).unref();
  }

  /** Never rejects: a failed close is for the log. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.dataset.close?.();
    } catch (error) {
      this.#log.warn({ dataset: this.id, err: error }, `closing failed: ${messageOf(error)}`);
    }
    this.#onClosed();
  }
}
