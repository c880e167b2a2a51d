import type { CallOptions } from "@zarr-gateway/primitives";
import type { Attributes } from "./attributes.ts";
import type { ChunkSource, CodecSpec } from "./chunk-source.ts";

export interface Variable {
  readonly name: string;
  /** One name a dimension; null where the source gives none. */
  readonly dims: readonly (string | null)[];
  /** As stored, CF attributes and `_FillValue` included, Zarr's own `_ARRAY_DIMENSIONS` excluded. */
  readonly attrs: Attributes;
  readonly source: ChunkSource;
}

/** Something of the source that is not published, or not as stored. */
export interface DatasetWarning {
  /** Absolute path of the group or variable, `/forecast/tas`. */
  readonly path: string;
  readonly message: string;
}

export interface Dataset {
  readonly attrs: Attributes;
  /** In the order of the source. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** Child groups, empty when flat: there is one type, not Dataset and Tree. */
  readonly groups: ReadonlyMap<string, Dataset>;
  /** Same version, same bytes, for ever (a snapshot id, a content hash). Absent when nobody can promise it. */
  readonly version?: string;
  /** True where `version` pins the bytes for good: answers may be cached without asking again. */
  readonly immutable?: boolean;
  /** Of this group and all below it; only the root has them. */
  readonly warnings?: readonly DatasetWarning[];
  /** Compressor of chunks that have to be encoded anew; the publisher's default where absent. Only the root has it. */
  readonly compressor?: CodecSpec;
  /** Name of the format it came from, for pages and `inspect`: `zarr v3`, `netcdf-4`. */
  readonly format?: string;
  /** False when the source has changed since it was opened, so that it must be opened anew. */
  isCurrent?(options?: CallOptions): Promise<boolean>;
  close?(): Promise<void>;
}

/** Turns a location into a dataset. Stores and limits are given when the opener is built. */
export interface Opener {
  /** `zarr`, `netcdf`, …: the word of the configuration's `format`. */
  readonly format: string;
  /** Judged from the location alone, no I/O. */
  accepts(location: URL): boolean;
  open(location: URL, options?: CallOptions): Promise<Dataset>;
}
