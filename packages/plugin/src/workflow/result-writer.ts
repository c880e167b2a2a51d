import type { Attributes, Dataset, DataType, FillValue, Values } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

/** Writes the results of one execution as datasets that can be opened while they are being written. */
export interface ResultWriter {
  /**
   * A whole dataset, lazily: metadata (consolidated) and coordinates first, then chunk by chunk in order of `lead_time`,
   * each read once. A chunk that its source says was never written stays unwritten.
   */
  write(dataset: Dataset, options?: WriteResultOptions): Promise<void>;
  /** For results that come piece by piece. Coordinates with values are written at once, the rest waits for `put`. */
  create(layout: ResultLayout, options?: WriteResultOptions): Promise<ResultArrays>;
}

export interface WriteResultOptions extends CallOptions {
  /** Without extension; `results` unless told. */
  readonly name?: string;
  /** In place of what the configuration and the parameter `output_format` say. */
  readonly format?: "zarr" | "netcdf4" | undefined;
  /** Of `write`: chunks that are read and written at once, 8 unless told. What waits for a model together runs together. */
  readonly concurrency?: number | undefined;
}

export interface ResultLayout {
  readonly attrs?: Attributes;
  readonly variables: Readonly<Record<string, ResultVariable>>;
}

export interface ResultVariable {
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** One entry of every dimension but the last two, and these whole, unless told. */
  readonly chunkShape?: readonly number[];
  readonly fill?: FillValue;
  readonly attrs?: Attributes;
  /** In C order: makes it complete at once, as coordinates must be. */
  readonly values?: Values;
}

export interface ResultArrays {
  /** Values of a box that is made of whole chunks (the last ones clipped to the array), in C order. */
  put(variable: string, piece: ResultPiece, options?: CallOptions): Promise<void>;
  /** To be called once, after the last `put`. */
  close(): Promise<void>;
}

export interface ResultPiece {
  readonly start: readonly number[];
  readonly shape: readonly number[];
  readonly values: Values;
}
