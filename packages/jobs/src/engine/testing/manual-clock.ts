import type { Clock } from "../../clock.ts";

/** A clock for tests that goes only when it is told. */
export class ManualClock implements Clock {
  #passed = 0;
  readonly #calls = new Set<{ readonly at: number; readonly call: () => void }>();

  now = (): number => 1e12 + this.#passed;
  elapsed = (): number => this.#passed;
  after = (delayMs: number, call: () => void): (() => void) => {
    const one = { at: this.#passed + delayMs, call };
    this.#calls.add(one);
    return () => this.#calls.delete(one);
  };

  /** Lets time pass in small steps; what wakes by it gets its turn before more passes. */
  async pass(ms: number, stepMs = 10): Promise<void> {
    for (const end = this.#passed + ms; this.#passed < end; this.#passed += stepMs) {
      for (const one of [...this.#calls].filter(({ at }) => at <= this.#passed).sort((a, b) => a.at - b.at))
        if (this.#calls.delete(one)) one.call();
      await new Promise(setImmediate);
    }
  }
}
