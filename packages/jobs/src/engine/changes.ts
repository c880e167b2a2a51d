import type { Clock } from "../clock.ts";

/** Something that changes in this process: who waits for it is woken. */
export class Changes {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Until something changed, the time is over or the signal is aborted. */
  async next(withinMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = this.#clock.after(withinMs, resolve);
    this.#waiting.add(resolve);
    const aborted = (): void => resolve();
    signal?.addEventListener("abort", aborted);
    try {
      await promise;
    } finally {
      callOff();
      signal?.removeEventListener("abort", aborted);
      this.#waiting.delete(resolve);
    }
  }
}
