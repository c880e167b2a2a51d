import type { CallOptions } from "@zarr-gateway/primitives";

export type ByteRange = { readonly offset: number; readonly length: number } | { readonly suffix: number };

export interface ByteStat {
  readonly size: number;
  /** Changes when the bytes change: mtime, inode and size of a file, ETag of an object. */
  readonly version?: string;
  /** For references that name the version they mean: HTTP's ETag, or what `object_store` makes of a file. */
  readonly etag?: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt?: number;
  /** Until then (`performance.now()`) `stat` tells what was seen last, a read of a newer version included, without looking again. */
  readonly freshUntil?: number;
}

export interface ReadOptions extends CallOptions {
  readonly range?: ByteRange;
  /** An ETag that `stat` told: a store that knows ETags then fails (`upstream`, `details.changed`) on any other version. */
  readonly ifMatch?: string | undefined;
}

/**
 * Bytes by key. Keys are relative, "/"-separated, without empty, "." or ".." parts; a store refuses others
 * (`invalid_request`) and never reads outside its root, also not through symbolic links.
 * Absent is undefined, a failed read throws (`upstream`, `forbidden`); a range past the end is shortened, never padded.
 */
export interface ByteStore {
  get(key: string, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** Set where nobody else holds what `get` gives, so that who gets it may let it go to another thread for good. */
  readonly givesExclusive?: true;
  stat(key: string, options?: CallOptions): Promise<ByteStat | undefined>;
  /** `stat` before the whole is read: what was never seen is read at once, and kept until then. Absent where looking costs little. */
  statForRead?(key: string, options?: CallOptions): Promise<ByteStat | undefined>;
  /** `get` with the stat of the very version that was read; absent where that costs a second request. */
  getWithStat?(
    key: string,
    options?: ReadOptions,
  ): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined>;
  /** Names directly below a prefix ("" is the root); folders end in "/". Absent where the store cannot list. */
  list?(prefix: string, options?: CallOptions): AsyncIterable<string>;
  close?(): Promise<void>;
}
