import type { Chunk, ChunkIndex, ChunkSource, ChunkVersion } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type KeptIn, keptChunks } from "../kept-chunks.ts";

/** A change of the source may be seen so much later: far less than it takes to be seen at all. */
const FRESH_MS = 1000;
const MAX_REMEMBERED = 4096;

/**
 * A source each chunk of which is made of very many others and needed for very many: chunks are kept, and what they are
 * made of is looked at once a second, not for each who asks.
 */
export function remembered(source: ChunkSource, kept: KeptIn | undefined): ChunkSource {
  const { version } = source;
  if (version === undefined) return kept ? { ...source, read: keptRead(source, kept) } : source;
  const known = new Map<
    string,
    { readonly until: number; readonly version: Promise<ChunkVersion | undefined> }
  >();
  const recent: ChunkSource = {
    ...source,
    version(index, options = {}) {
      const key = index.join(".");
      const before = known.get(key);
      if (before !== undefined && before.until > performance.now()) return before.version;
      if (known.size >= MAX_REMEMBERED) known.clear();
      // shared by all who ask within a second, so that no one's departure ends it
      const now = version.call(source, index, { ...options, signal: undefined });
      known.set(key, { until: performance.now() + FRESH_MS, version: now });
      now.catch(() => known.delete(key));
      return now;
    },
  };
  return kept ? { ...recent, read: keptRead(recent, kept) } : recent;
}

function keptRead(
  source: ChunkSource,
  kept: KeptIn,
): (index: ChunkIndex, options?: CallOptions) => Promise<Chunk | undefined> {
  const read = keptChunks(source, kept);
  return (index, options = {}) => read(index, options);
}
