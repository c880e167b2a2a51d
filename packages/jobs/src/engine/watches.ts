import type { Clock } from "../clock.ts";
import type { JobHead, JobStore } from "../job-store.ts";

export interface WatchesParts {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
}

/** Everybody in this process who watches a job: one question to the store for all of them. */
export class Watches {
  readonly #parts: WatchesParts;
  readonly #open = new Map<string, Set<JobWatch>>();
  #callOff: (() => void) | undefined;
  #looking = false;

  constructor(parts: WatchesParts) {
    this.#parts = parts;
  }

  /** To be opened before the first look at the job, so that nothing comes between, and closed. */
  open(id: string): JobWatch {
    const watches = this.#open.get(id) ?? new Set();
    const watch = new JobWatch(() => {
      watches.delete(watch);
      if (watches.size === 0 && this.#open.get(id) === watches) this.#open.delete(id);
    });
    this.#open.set(id, watches.add(watch));
    this.#lookLater();
    return watch;
  }

  /** This process has changed a job. */
  told(id: string): void {
    for (const watch of this.#open.get(id) ?? []) watch.wake();
  }

  /** Another process has changed jobs. */
  news(): void {
    if (this.#open.size > 0) void this.#look();
  }

  #lookLater(): void {
    if (this.#open.size === 0) return;
    this.#callOff ??= this.#parts.clock.after(this.#parts.pollMs, () => {
      this.#callOff = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const heads = await this.#parts.store.latest([...this.#open.keys()]);
      for (const [id, watches] of this.#open) for (const watch of watches) watch.seen(heads.get(id));
    } catch (error) {
      // The store is away for a while: the next look finds what came meanwhile.
      this.#parts.onError(error);
    } finally {
      this.#looking = false;
      this.#lookLater();
    }
  }
}

/** One who watches one job. */
export class JobWatch {
  readonly close: () => void;
  #news = Promise.withResolvers<void>();
  #after = 0;

  constructor(close: () => void) {
    this.close = close;
  }

  wake(): void {
    this.#news.resolve();
  }

  seen(head: JobHead | undefined): void {
    if (head === undefined || head.hasEnded || head.sequence > this.#after) this.wake();
  }

  /** What comes from now on counts as news. */
  arm(after: number): void {
    this.#after = after;
    this.#news = Promise.withResolvers();
  }

  /** Until there are news since `arm`, or the signal is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const news = this.#news;
    const aborted = (): void => news.resolve();
    signal?.addEventListener("abort", aborted);
    try {
      await news.promise;
    } finally {
      signal?.removeEventListener("abort", aborted);
    }
  }
}
