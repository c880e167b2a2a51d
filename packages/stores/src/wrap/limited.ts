import { createLimiter, type Limiter } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { wrapped } from "./wrapped.ts";

/**
 * At most `maxConcurrent` reads at once, or what a limiter shared with other stores lets through; more wait in order.
 * @param maxQueue past it reads fail with `overloaded`
 */
export function limited(store: ByteStore, maxConcurrent: number | Limiter, maxQueue?: number): ByteStore {
  const limiter = typeof maxConcurrent === "number" ? createLimiter(maxConcurrent, maxQueue) : maxConcurrent;
  return wrapped(store, (call, options) => limiter.run(call, options));
}
