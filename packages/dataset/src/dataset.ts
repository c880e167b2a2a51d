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
  readonly encoding?: PreferredEncoding;
}

/** How chunks that have to be encoded anew shall be encoded, where it is not left to the publisher. */
export interface PreferredEncoding {
  /** Instead of the dataset's. */
  readonly compressor?: CodecSpec;
  /** Shape of the shards in formats that have them: along every dimension a multiple of the chunk's length. */
  readonly shardShape?: readonly number[];
}

/** Something of the source that is not published, or not as stored. */
export interface DatasetWarning {
  /** Absolute path of the group or variable, `/forecast/tas`. */
  readonly path: string;
  readonly message: string;
}

/** A state that the source was in, of sources that keep their past. */
export interface DatasetVersion {
  /** What `Dataset.version` was then, or a part of it. */
  readonly id: string;
  readonly time: Date;
  readonly message: string;
  /** What the writer noted beside the message. */
  readonly metadata: Attributes;
  /** Names that mean this state now. */
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}

/** Which state of a repository a dataset is, for readers who open the repository themselves. */
export interface RepositoryState {
  readonly snapshot: string;
  /** By what the snapshot was found; neither where it was named itself. */
  readonly branch?: string;
  readonly tag?: string;
  /** Where chunks may lie that are no files of the repository. */
  readonly chunkPlaces: readonly ChunkPlace[];
}

/** As the configuration of a repository has it. */
export interface ChunkPlace {
  /** With which the locations begin: `s3://bucket/folder/`. */
  readonly prefix: string;
  /** Of a bucket. */
  readonly region?: string;
}

export interface HistoryOptions extends CallOptions {
  /** Versions at most. */
  readonly limit: number;
}

export interface Dataset {
  readonly attrs: Attributes;
  /** In the order of the source. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** Child groups, empty when flat: there is one type, not Dataset and Tree. */
  readonly groups: ReadonlyMap<string, Dataset>;
  /** Same version, same bytes, for ever (a snapshot id, a content hash). Absent when nobody can promise it. */
  readonly version?: string;
  /**
   * True where `version` changes with every byte of every chunk: one file, one snapshot. Not where chunks are objects of
   * their own, which may be written anew under the same metadata; their sources tell `version`s.
   */
  readonly versionCoversChunks?: boolean;
  /** As `StoredStat.modifiedAt`, of what `version` is of. */
  readonly modifiedAt?: number;
  /** True where `version` pins the bytes for good: answers may be cached without asking again. */
  readonly immutable?: boolean;
  /** Of this group and all below it; only the root has them. */
  readonly warnings?: readonly DatasetWarning[];
  /** Compressor of chunks that have to be encoded anew; the publisher's default where absent. Only the root has it. */
  readonly compressor?: CodecSpec;
  /** Set where reading a chunk may wait for minutes, as for a model that has to run. Only the root has it. */
  readonly readsMayWait?: true;
  /** Name of the format it came from, for pages and `inspect`: `zarr v3`, `netcdf-4`. */
  readonly format?: string;
  /** False when the source has changed since it was opened, so that it must be opened anew. */
  isCurrent?(options?: CallOptions): Promise<boolean>;
  /** This version and those it came from, newest first. Absent where the source keeps no past. Only the root has it. */
  history?(options: HistoryOptions): Promise<readonly DatasetVersion[]>;
  /** Of sources that are a state of a repository and nothing more. Only the root has it. */
  repository?(options?: CallOptions): Promise<RepositoryState>;
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
