import type { Clock } from "../clock.ts";

export interface Patience {
  readonly signal: AbortSignal;
  /** How long code has to end after its signal was aborted; then it goes on, but nobody waits for it or hears it. */
  readonly graceMs: number;
  readonly clock: Clock;
}

/** What comes of some work; once the signal is aborted the signal's reason, as soon as the work ends or its grace is over. */
export async function untilStopped<Value>(work: Promise<Value>, patience: Patience): Promise<Value> {
  const { signal, graceMs, clock } = patience;
  const { promise: over, reject } = Promise.withResolvers<never>();
  let callOff = (): void => {};
  const stop = (): void => {
    callOff = clock.after(graceMs, () => reject(signal.reason));
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    callOff();
    signal.removeEventListener("abort", stop);
  }
}
