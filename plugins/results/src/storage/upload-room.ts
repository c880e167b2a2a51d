import type { CallOptions } from "@zarr-gateway/primitives";

/** Bytes of files on their way that a process holds, of all jobs together; more wait in order. */
export class UploadRoom {
  readonly #max: number;
  readonly #waiting = new Set<{ readonly bytes: number; readonly start: () => void }>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** What needs more than there is at all waits until it is alone. */
  async with<Value>(bytes: number, work: () => Promise<Value>, { signal }: CallOptions = {}): Promise<Value> {
    signal?.throwIfAborted();
    if (this.#waiting.size > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#taken += bytes;
    try {
      return await work();
    } finally {
      this.#taken -= bytes;
      this.#startNext();
    }
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#max;
  }

  #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(one);
        reject(signal?.reason as Error); // an AbortError unless a caller chose otherwise
        this.#startNext();
      };
      const start = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const one = { bytes, start };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(one);
    });
  }

  #startNext(): void {
    for (const next of this.#waiting) {
      if (!this.#fits(next.bytes)) return;
      this.#waiting.delete(next);
      this.#taken += next.bytes;
      next.start();
    }
  }
}
