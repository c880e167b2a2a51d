import type { CallOptions } from "./call-options.ts";

interface Flight<Value> {
  readonly promise: Promise<Value>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Callers who ask for the same key at the same time share one piece of work. A caller that leaves stops waiting at once;
 * the work itself is aborted only when all callers have left, and nothing is remembered after it has ended.
 */
export class SingleFlight<Key, Value> {
  readonly #flights = new Map<Key, Flight<Value>>();

  get size(): number {
    return this.#flights.size;
  }

  async run(
    key: Key,
    work: (options: CallOptions) => Promise<Value>,
    options: CallOptions = {},
  ): Promise<Value> {
    options.signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work, options.client);
    flight.waiters += 1;
    try {
      return await untilAborted(flight.promise, options.signal);
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0 && this.#flights.get(key) === flight) {
        this.#flights.delete(key);
        flight.controller.abort();
      }
    }
  }

  /** What is shared is asked for in the name of who came first. */
  #start(
    key: Key,
    work: (options: CallOptions) => Promise<Value>,
    client: string | undefined,
  ): Flight<Value> {
    const controller = new AbortController();
    const call = { signal: controller.signal, ...(client !== undefined && { client }) };
    const promise = Promise.resolve().then(() => work(call));
    const flight: Flight<Value> = { promise, controller, waiters: 0 };
    const forget = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    promise.then(forget, forget);
    this.#flights.set(key, flight);
    return flight;
  }
}

/** Settles like the promise, or rejects as soon as the signal aborts; the promise itself goes on. */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(signal.reason as Error); // an AbortError unless a caller chose otherwise
  return new Promise<Value>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error); // the same
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
