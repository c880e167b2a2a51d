import type { CallOptions } from "./call-options.ts";
import { GatewayError } from "./errors.ts";

interface Waiting {
  readonly start: () => void;
}

/** At most `maxConcurrent` pieces of work at once; more wait in order, and past `maxQueue` they are refused. */
export class Limiter {
  readonly #maxConcurrent: number;
  readonly #maxQueue: number;
  readonly #queue = new Set<Waiting>();
  #running = 0;

  constructor(maxConcurrent: number, maxQueue = Number.POSITIVE_INFINITY) {
    this.#maxConcurrent = maxConcurrent;
    this.#maxQueue = maxQueue;
  }

  get running(): number {
    return this.#running;
  }
  get queued(): number {
    return this.#queue.size;
  }

  /** @throws GatewayError overloaded when the queue is full; the signal's reason when it aborts while waiting. */
  async run<Value>(work: () => Promise<Value>, options: CallOptions = {}): Promise<Value> {
    await this.#enter(options.signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#maxConcurrent) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#queue.size >= this.#maxQueue) {
      const waiting = this.#queue.size;
      return Promise.reject(
        new GatewayError("overloaded", `too much work is waiting (${waiting}), try again later`),
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue.delete(waiting);
        reject(signal?.reason as Error); // an AbortError unless a caller chose otherwise
      };
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.add(waiting);
    });
  }

  /** The place goes straight to the next in line, so that nobody can overtake. */
  #leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#queue.delete(next);
    next.start();
  }
}

export function createLimiter(maxConcurrent: number, maxQueue?: number): Limiter {
  return new Limiter(maxConcurrent, maxQueue);
}

/** Maps in order with at most `maxConcurrent` calls at once; the first failure stops new calls and is thrown. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  maxConcurrent: number,
  map: (item: Item, position: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const position = next++;
      try {
        results[position] = await map(items[position] as Item, position); // position < items.length
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(maxConcurrent, items.length) }, lane));
  for (const settled of lanes) if (settled.status === "rejected") throw settled.reason as Error; // what `map` threw
  return results;
}
