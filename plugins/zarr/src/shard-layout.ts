import type { ShardIndexReader } from "@zarr-gateway/codecs";
import { type ChunkGrid, type ChunkIndex, elementCount, indexAt, isInsideGrid } from "@zarr-gateway/dataset";

/** The inner chunks of one shard, by their position in C order. */
export interface InnerChunks {
  readonly count: number;
  /** Index in the grid of inner chunks; undefined outside the array. */
  at(position: number): ChunkIndex | undefined;
}

export function innerChunks(inner: ChunkGrid, shardShape: readonly number[], shard: ChunkIndex): InnerChunks {
  const counts = shardShape.map((length, axis) => length / (inner.chunkShape[axis] ?? 1));
  return {
    count: elementCount(counts),
    at(position) {
      const index = indexAt(counts, position).map(
        (inside, axis) => (shard[axis] ?? 0) * (counts[axis] ?? 1) + inside,
      );
      return isInsideGrid(inner, index) ? index : undefined;
    },
  };
}

/** The size of an inner chunk that is not there. No chunk is that large. */
export const ABSENT = 0xffff_ffff;

/** A part of a shard that a range touches: an inner chunk by its position, or the index behind them. */
export interface ShardPart {
  readonly position: number | "index";
  /** Of the part, and where the wanted bytes begin and end in it. */
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Where everything lies in one shard: inner chunks one after the other, then the index. */
export class ShardLayout {
  readonly #sizes: Uint32Array;
  readonly #index: ShardIndexReader;
  readonly size: number;

  /** @param sizes bytes of each inner chunk, or ABSENT */
  constructor(sizes: Uint32Array, index: ShardIndexReader) {
    this.#sizes = sizes;
    this.#index = index;
    this.size = sizes.reduce((sum, size) => sum + (size === ABSENT ? 0 : size), index.byteLength);
  }

  /** True where no inner chunk is there: such a shard is not there either. */
  get isEmpty(): boolean {
    return this.#sizes.every((size) => size === ABSENT);
  }

  partsOf({ offset, length }: { readonly offset: number; readonly length: number }): ShardPart[] {
    const parts: ShardPart[] = [];
    const end = offset + length;
    let at = 0;
    const add = (position: ShardPart["position"], size: number): void => {
      if (at < end && at + size > offset) {
        parts.push({ position, size, from: Math.max(0, offset - at), to: Math.min(size, end - at) });
      }
      at += size;
    };
    for (const [position, size] of this.#sizes.entries()) if (size !== ABSENT) add(position, size);
    add("index", this.#index.byteLength);
    return parts;
  }

  indexBytes(): Uint8Array {
    let offset = 0;
    const entries = Array.from(this.#sizes, (length) => {
      if (length === ABSENT) return undefined;
      const entry = { offset, length };
      offset += length;
      return entry;
    });
    return this.#index.format(entries);
  }
}
