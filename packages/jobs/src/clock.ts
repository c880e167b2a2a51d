/** Time as a value, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970; somebody may set it, forwards or backwards. */
  now(): number;
  /** Milliseconds since some moment; it only goes on. */
  elapsed(): number;
  /** Calls once after a while; gives what calls it off. */
  after(delayMs: number, call: () => void): () => void;
}

/** The machine's clock; its timers keep no process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    after: (delayMs, call) => {
      const timer = setTimeout(call, Math.max(0, delayMs));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
