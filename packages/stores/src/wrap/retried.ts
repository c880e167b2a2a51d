import { setTimeout as wait } from "node:timers/promises";
import { isGatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { type Around, wrapped } from "./wrapped.ts";

export interface RetryOptions {
  /** Calls in all, the first included. */
  readonly attempts?: number;
  /** Wait before the second; twice as long before each further one. */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Asks again after a failure that its thrower calls passing (`details.retryable`); all others go on at once. */
export function retried(store: ByteStore, options: RetryOptions = {}): ByteStore {
  return wrapped(store, retrying(options));
}

/** The same for any call, such as one page of a listing. */
export function retrying(options: RetryOptions = {}): Around {
  const { attempts = 4, backoffMs = 200, maxBackoffMs = 5000 } = options;
  const pause = options.wait ?? ((ms, signal) => wait(ms, undefined, signal ? { signal } : {}));
  return async (call, { signal }) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error) || signal?.aborted) throw error;
        const backoff = backoffMs * 2 ** (attempt - 1);
        // up to a half more, so that callers who failed together do not return together
        const spread = backoff * (1 + Math.random() / 2);
        await pause(Math.min(Math.max(spread, askedToWait(error)), maxBackoffMs), signal);
      }
    }
  };
}

function isRetryable(error: unknown): boolean {
  return isGatewayError(error) && error.details["retryable"] === true;
}

function askedToWait(error: unknown): number {
  const asked = isGatewayError(error) ? error.details["retryAfterMs"] : undefined;
  return typeof asked === "number" ? asked : 0;
}
