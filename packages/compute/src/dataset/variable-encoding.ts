import type { CodecSpec } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import type { KeptIn } from "../kept-chunks.ts";

/** Lengths by dimension; -1 is the whole dimension. */
export type Lengths = Readonly<Record<string, number>>;

/** How a variable is to be published; what is absent stays as it is. */
export interface VariableEncoding {
  readonly chunks?: Lengths | undefined;
  /** Multiples of the chunks. */
  readonly shards?: Lengths | undefined;
  /** Bits of the mantissa that are kept. */
  readonly round?: number | undefined;
  readonly compressor?: CodecSpec | undefined;
}

export interface EncodeOptions {
  readonly pool?: WorkerPool | undefined;
  /** Where decoded chunks are kept of which several published ones need a part. */
  readonly kept?: KeptIn | undefined;
}
