import type { DatasetSummary } from "@zarr-gateway/plugin";

/** The batches that were given last, by where they begin. */
export class LastBatches {
  readonly #known = new Map<number, readonly DatasetSummary[]>();

  /** The batch, as the array that it was the last time where that holds the same. */
  settled(start: number, batch: readonly DatasetSummary[]): readonly DatasetSummary[] {
    const known = this.#known.get(start);
    const isSame =
      known?.length === batch.length && known.every((summary, position) => summary === batch[position]);
    if (isSame) return known;
    this.#known.set(start, batch);
    return batch;
  }

  /** There are no more datasets than this. */
  end(count: number): void {
    for (const start of this.#known.keys()) if (start >= count) this.#known.delete(start);
  }
}
