import { damaged } from "../damaged.ts";
import type { Dataspace } from "../dataspace.ts";
import type { ChunkedLayout } from "../layout.ts";

/** The grid of a dataset's chunks, and how arrays of chunks count them. */
export class ChunkGridFacts {
  /** Chunks along each dimension. */
  readonly counts: readonly number[];
  /** Chunks that an array of chunks may name, all below the maximum shape. */
  readonly totalChunks: number;
  /** Chunks along each dimension when it has its greatest length. */
  readonly #most: readonly number[];
  /** Arrays of chunks count the unlimited dimension slowest, and the others by their maximum. */
  readonly #axes: readonly number[];

  constructor(layout: ChunkedLayout, space: Dataspace) {
    const rank = space.shape.length;
    if (layout.chunkShape.length !== rank) {
      throw damaged(`chunks of rank ${layout.chunkShape.length} in a dataset of rank ${rank}`);
    }
    this.counts = chunksAlong(layout, space.shape);
    this.#most = chunksAlong(layout, space.maxShape);
    const unlimited = this.#most.findIndex((count) => !Number.isFinite(count));
    this.#axes = [...this.counts.keys()].sort(
      (a, b) => Number(b === unlimited) - Number(a === unlimited) || a - b,
    );
    this.totalChunks = this.#most.reduce(
      (product, count, axis) => product * (axis === unlimited ? (this.counts[axis] ?? 0) : count),
      1,
    );
  }

  /** Number of a chunk in an array of chunks. */
  numberOf(at: readonly number[]): number {
    return this.#axes.reduce(
      (number, axis, i) => number * (i === 0 ? 1 : (this.#most[axis] ?? 1)) + (at[axis] ?? 0),
      0,
    );
  }
  /** The inverse of `numberOf`, written into `at`: it is called for every chunk. */
  place(number: number, at: number[]): void {
    let rest = number;
    for (let i = this.#axes.length - 1; i >= 0; i -= 1) {
      const axis = this.#axes[i] ?? 0;
      const along = this.#most[axis] ?? 1;
      at[axis] = i === 0 ? rest : rest % along;
      rest = Math.floor(rest / along);
    }
  }
}

export function chunksAlong({ chunkShape }: ChunkedLayout, lengths: readonly number[]): number[] {
  return lengths.map((length, axis) => Math.ceil(length / (chunkShape[axis] ?? 1)));
}
