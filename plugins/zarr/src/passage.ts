import type { BloscFrame } from "@zarr-gateway/codecs";
import type { ChunkIndex, StoredChunks, StoredStat } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

/** How the stored bytes of one chunk become published ones. */
export interface Passage {
  stat(options: CallOptions): Promise<StoredStat | undefined>;
  /** Bytes that go out for so many stored ones. */
  size(storedBytes: number): number;
  /** True where a part costs as much as the whole. */
  isWholeOnly(storedBytes: number): boolean;
  /** undefined: no longer there. */
  whole(storedBytes: number, options: CallOptions): Promise<Uint8Array | undefined>;
  part(
    storedBytes: number,
    range: { readonly offset: number; readonly length: number },
    options: CallOptions,
  ): Promise<Uint8Array | undefined>;
}

/** As they are. */
export function plainPassage(stored: StoredChunks, index: ChunkIndex): Passage {
  return {
    stat: (options) => stored.stat(index, options),
    size: (storedBytes) => storedBytes,
    isWholeOnly: () => false,
    whole: (_storedBytes, options) => stored.read(index, options),
    part: (_storedBytes, range, { signal }) => stored.read(index, { range, signal }),
  };
}

/** Behind a prefix that makes them a Blosc frame. */
export function framedPassage(
  { stored, frame }: { readonly stored: StoredChunks; readonly frame: BloscFrame },
  index: ChunkIndex,
): Passage {
  /** Of the stored bytes those that go out. */
  const bodySize = (storedBytes: number): number => Math.max(0, storedBytes - frame.trailerBytes);
  return {
    stat: (options) => stored.stat(index, options),
    size: (storedBytes) => frame.prefixBytes + bodySize(storedBytes),
    // what Blosc would take for not compressed, or has a checksum, has to be looked at as a whole
    isWholeOnly: (storedBytes) => bodySize(storedBytes) === frame.chunkBytes || frame.trailerBytes > 0,
    async whole(storedBytes, options) {
      const bytes = await stored.read(index, options);
      return bytes && Buffer.concat([frame.prefix(bodySize(storedBytes)), await frame.body(bytes)]);
    },
    async part(storedBytes, range, { signal }) {
      const prefix = frame.prefix(bodySize(storedBytes));
      const head = prefix.subarray(range.offset, range.offset + range.length);
      const length = range.length - head.length;
      if (length === 0) return head;
      const offset = Math.max(0, range.offset - prefix.length);
      const tail = await stored.read(index, { range: { offset, length }, signal });
      return tail && (head.length === 0 ? tail : Buffer.concat([head, tail]));
    },
  };
}
