import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { DatasetSummary } from "./descriptions.ts";

export type Batch = readonly DatasetSummary[];

/**
 * What lists write of their datasets, kept by batch: a list of thousands is put together from texts that hold until one
 * of their datasets changes. Kept in the shared cache, so that the memory is bounded with everything else.
 */
export class BatchTexts {
  readonly #cache: ByteCache;
  readonly #name: string;
  readonly #serials = new WeakMap<Batch, number>();
  #last = 0;

  /** @param name the plugin's, with which keys begin */
  constructor(cache: ByteCache, name: string) {
    this.#cache = cache;
    this.#name = name;
  }

  /**
   * UTF-8 of what `write` says about a batch; not called where it was written before.
   * @param form which text it is, with all that it depends on beside the batch: the base of its links
   */
  async of(batch: Batch, form: string, write: () => string, options?: CallOptions): Promise<Uint8Array> {
    const serial = this.#serials.get(batch) ?? this.#next(batch);
    const make = async (): Promise<Uint8Array> => Buffer.from(write());
    const key = `${this.#name} list ${serial} ${form}`;
    return (await this.#cache.getOrCreate(key, make, options)) ?? make();
  }

  #next(batch: Batch): number {
    this.#last += 1;
    this.#serials.set(batch, this.#last);
    return this.#last;
  }
}
