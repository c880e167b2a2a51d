/** Datasets to be looked at again, one at a time. */
export class BackgroundSweep {
  readonly #look: (id: string) => Promise<unknown>;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(look: (id: string) => Promise<unknown>, signal: AbortSignal) {
    this.#look = look;
    this.#signal = signal;
  }

  add(id: string): void {
    this.#waiting.add(id);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      if (this.#signal.aborted) return;
      await this.#look(id).catch(() => undefined); // `look` throws only when it was told to stop
    }
  }
}
