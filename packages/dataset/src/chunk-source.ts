import type { CallOptions, WorkerTask } from "@zarr-gateway/primitives";
import type { DataType } from "./data-type.ts";
import type { FillValue, Values } from "./values.ts";

/** Position of a chunk in the grid, one number per dimension; `[]` for a scalar. */
export type ChunkIndex = readonly number[];

/** A regular tiling; the last chunk of a dimension may reach past the array. Chunk lengths are at least 1. */
export interface ChunkGrid {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
}

/** Values of one chunk in C order, clipped to the array. Read-only after hand-over. */
export interface Chunk {
  readonly shape: readonly number[];
  readonly values: Values;
  /**
   * Set where nobody else holds the values, so that who gets them may let them go to another thread for good. Who keeps
   * a chunk, or hands it to several, must not pass this on.
   */
  readonly isExclusive?: true;
}

/** A chunk as it was read, and the task that makes values of it: for who works on other threads, and decodes it there. */
export interface PendingChunk {
  /** Of the input a `Chunk`. */
  readonly task: Pick<WorkerTask<unknown, Chunk>, "module" | "name">;
  readonly input: unknown;
  /** Buffers of the input that nobody else holds: they move with it, so that it can be sent once. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  /** Which chunk it is, for messages: `chunk [0, 1] of "/tas"`. */
  readonly label: string;
}

/** A codec in the words of Zarr v3: `bytes`, `transpose`, `zstd`, `sharding_indexed`, `numcodecs.shuffle`, … */
export interface CodecSpec {
  readonly name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Everything needed to describe and to produce the bytes of an array. */
export interface ArrayEncoding {
  readonly dtype: DataType;
  readonly grid: ChunkGrid;
  readonly fill: FillValue | null;
  /** Array→array codecs, then one array→bytes codec, then bytes→bytes codecs (Zarr v3 §codecs). */
  readonly codecs: readonly CodecSpec[];
}

/** Bytes wanted out of a longer sequence. */
export type ByteRange = { readonly offset: number; readonly length: number } | { readonly suffix: number };

/** What is known of stored bytes without reading them. */
export interface StoredStat {
  readonly size: number;
  /** Changes when the bytes change. */
  readonly version?: string;
  /** Milliseconds since 1970: bytes that changed a moment ago may change again under the same version. */
  readonly modifiedAt?: number;
  /** Until then (`performance.now()`) `stat` tells what was seen last, a read of a newer version included, without looking again. */
  readonly freshUntil?: number;
}

/** What a chunk would be made of, without reading it. */
export type ChunkVersion = Required<Pick<StoredStat, "version">> & Pick<StoredStat, "modifiedAt">;

/** Where stored bytes lie, for reference sets. */
export interface StoredLocation {
  readonly url: URL;
  readonly offset: number;
  readonly length: number;
}

/** Chunks that exist as encoded bytes and may be passed on untouched. */
export interface StoredChunks {
  /** Grid of the stored chunks: of the shards where the source's own grid is the one of inner chunks. */
  readonly grid: ChunkGrid;
  readonly codecs: readonly CodecSpec[];
  /** undefined: never written, reads as fill. */
  read(
    index: ChunkIndex,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array | undefined>;
  stat(index: ChunkIndex, options?: CallOptions): Promise<StoredStat | undefined>;
  /** Absent where chunks have no address of their own (gathered records, compact data). */
  locate?(index: ChunkIndex, options?: CallOptions): Promise<StoredLocation | undefined>;
}

/** Makes chunks that take long, as a model does, for all variables that are made together. */
export interface ChunkMaker {
  /** What these chunks take together, for who wants to know before reading; begins with nothing. Plain data. */
  explain(
    needed: readonly { readonly variable: string; readonly index: ChunkIndex }[],
  ): Readonly<Record<string, unknown>>;
  /** True where reading these chunks makes nothing: they are kept, or need not be made. */
  isAtHand(needed: readonly { readonly variable: string; readonly index: ChunkIndex }[]): boolean;
}

/** Anything that can answer "give me chunk i": an array, a reference, a computation, a model. */
export interface ChunkSource {
  readonly dtype: DataType;
  readonly grid: ChunkGrid;
  readonly fill: FillValue | null;
  /** undefined: never written, read as `fill`. A failed read throws. */
  read(index: ChunkIndex, options?: CallOptions): Promise<Chunk | undefined>;
  /** As `read`, but leaves the decoding to the caller where it is worth a trip to another thread. */
  readPending?(index: ChunkIndex, options?: CallOptions): Promise<Chunk | PendingChunk | undefined>;
  readonly stored?: StoredChunks;
  /**
   * Changes when what `read` gives changes, fill included; undefined: nobody can tell. Absent where the dataset's version
   * covers every chunk, or nobody can tell for any of them: then it is not to be kept beyond this process.
   */
  version?(index: ChunkIndex, options?: CallOptions): Promise<ChunkVersion | undefined>;
  /**
   * Set where `grid` puts many small stored chunks together, so that clients need not ask for each. Publishers encode
   * what `read` gives; `stored`, whose grid is finer then, is for those who hand out nothing but stored chunks.
   */
  readonly isAssembled?: true;
  /** Set where chunks are made by something slow, which knows the variable by this name. */
  readonly made?: { readonly by: ChunkMaker; readonly variable: string };
  /**
   * Set where a codec is not known here: `read` throws `unsupported`, and `stored` can only be passed on, in the words of
   * this version of Zarr.
   */
  readonly storedOnly?: "v2" | "v3";
}

export function isPending(chunk: Chunk | PendingChunk): chunk is PendingChunk {
  return "task" in chunk;
}
