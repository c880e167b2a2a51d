import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

export interface WeightedLimitOptions {
  /** Of what there is a limit, for the message: `requests`. */
  readonly of: string;
  readonly max: number;
  readonly maxQueue: number;
  readonly maxWaitMs: number;
}

/**
 * So much at once and no more; the rest waits in order, for a while. Taking costs nothing while there is room,
 * because every request passes here.
 */
export class WeightedLimit {
  readonly #options: WeightedLimitOptions;
  readonly #queue = new Set<Waiting>();
  #taken = 0;

  constructor(options: WeightedLimitOptions) {
    this.#options = options;
  }

  get taken(): number {
    return this.#taken;
  }
  get queued(): number {
    return this.#queue.size;
  }

  /**
   * undefined: taken at once. What weighs more than the whole limit waits until nothing else is taken.
   * @throws GatewayError overloaded when the queue is full, or (rejecting) when waiting took too long
   */
  take(weight: number, options: CallOptions = {}): Promise<void> | undefined {
    if (this.#queue.size === 0 && this.#fits(weight)) {
      this.#taken += weight;
      return undefined;
    }
    if (this.#queue.size >= this.#options.maxQueue) throw this.#overloaded();
    return this.#wait(weight, options.signal);
  }

  /** False where there is no room now, or others were first. */
  tryTake(weight: number): boolean {
    if (this.#queue.size > 0 || !this.#fits(weight)) return false;
    this.#taken += weight;
    return true;
  }

  give(weight: number): void {
    this.#taken -= weight;
    for (const next of this.#queue) {
      if (!this.#fits(next.weight)) return;
      this.#queue.delete(next);
      this.#taken += next.weight;
      next.start();
    }
  }

  #fits(weight: number): boolean {
    return this.#taken === 0 || this.#taken + weight <= this.#options.max;
  }

  #wait(weight: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (reason: Error): void => {
        this.#queue.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        reject(reason);
      };
      const onAbort = (): void => leave(signal?.reason as Error);
      const timer = setTimeout(() => leave(this.#overloaded()), this.#options.maxWaitMs);
      const waiting: Waiting = {
        weight,
        start: () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.add(waiting);
    });
  }

  #overloaded(): GatewayError {
    const { of } = this.#options;
    return new GatewayError(
      "overloaded",
      `too many ${of} are waiting (${this.#queue.size}), try again later`,
      {
        retryAfterSeconds: 2,
      },
    );
  }
}
