import { LRUCache } from "lru-cache";
import type { ByteCache } from "../byte-cache.ts";
import type { CallOptions } from "../call-options.ts";
import { SingleFlight } from "../single-flight.ts";

/** What an entry costs beside its bytes: key, object headers, list links. */
const ENTRY_OVERHEAD_BYTES = 256;
const ABSENT = Symbol("absent");

/**
 * A ByteCache in memory, least recently used out first.
 * @param maxBytes 0 remembers nothing, and still lets callers share work
 */
export function createByteCache(maxBytes: number): ByteCache {
  const flights = new SingleFlight<string, Uint8Array | undefined>();
  const entries =
    maxBytes > 0
      ? new LRUCache<string, Uint8Array | typeof ABSENT>({
          maxSize: maxBytes,
          // one entry must not push out everything else
          maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
          sizeCalculation: (value, key) =>
            ENTRY_OVERHEAD_BYTES + 2 * key.length + (value === ABSENT ? 0 : value.buffer.byteLength),
        })
      : undefined;
  let hits = 0;
  let misses = 0;
  return {
    get bytes() {
      return entries?.calculatedSize ?? 0;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    peek(key) {
      const known = entries?.get(key);
      return known === ABSENT ? undefined : known;
    },
    async getOrCreate(key, create, options: CallOptions = {}) {
      const known = entries?.get(key);
      if (known !== undefined) {
        hits += 1;
        return known === ABSENT ? undefined : known;
      }
      misses += 1;
      return flights.run(
        key,
        async (shared) => {
          const value = await create(shared);
          entries?.set(key, value ?? ABSENT);
          return value;
        },
        options,
      );
    },
  };
}
