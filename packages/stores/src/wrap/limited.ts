import { createLimiter } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { wrapped } from "./wrapped.ts";

/**
 * At most `maxConcurrent` reads at once; more wait in order.
 * @param maxQueue past it reads fail with `overloaded`
 */
export function limited(store: ByteStore, maxConcurrent: number, maxQueue?: number): ByteStore {
  const limiter = createLimiter(maxConcurrent, maxQueue);
  return wrapped(store, (call, options) => limiter.run(call, options));
}
