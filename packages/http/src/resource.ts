import type { CallOptions } from "@zarr-gateway/primitives";

/** What is known of a resource without reading it. */
export interface ResourceStat {
  /** Absent when only producing the bytes would tell: HEAD then has no Content-Length. */
  readonly size?: number;
  /** Strong validator without quotes; same value, same bytes. */
  readonly etag?: string;
  /** Milliseconds since 1970; only of what keeps its bytes from then on, as it may stand in for the tag. */
  readonly modifiedAt?: number;
  /** Until then (`performance.now()`) `stat` would tell the same; absent where nobody promises it. */
  readonly freshUntil?: number;
}

/**
 * Something a client can GET. `stat` answers 404, 304, 412, 416 and HEAD, so that at most one `read` follows
 * and none where the answer needs no body.
 */
export interface Resource {
  readonly contentType: string;
  readonly cacheControl?: string;
  /** Of answers that carry the resource or a part of it, beside those that follow from it: `Content-Disposition`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent compressed when the client accepts it; for JSON and text, never for chunks. */
  readonly compressible?: boolean;
  /**
   * True where everybody who asks this URL gets the same answer, whoever and from wherever they are: the server may
   * then give it again for some moments without asking. Not for pages, whose links depend on the request.
   */
  readonly shareable?: boolean;
  /** True where a ranged read costs as much as a whole one: a large body is then never read in pieces. */
  readonly wholeOnly?: boolean;
  /** True where the bytes of a read belong to who asked for them, so that their memory may be given back once they are sent. */
  readonly givesExclusive?: boolean;
  /** After a whole read whose bytes a cache keeps: what the cache has of them, as long as it has them. */
  readonly kept?: (() => Uint8Array | undefined) | undefined;
  /** Of what is shareable: asked each time before an answer is given again; false: it may have changed or be gone. */
  readonly isCurrent?: (() => boolean) | undefined;
  /** undefined: does not exist. */
  stat(options: CallOptions): ResourceStat | undefined | Promise<ResourceStat | undefined>;
  /** Size that `stat` does not tell because it takes work: for GET alone. undefined: does not exist. */
  measure?(options: CallOptions): Promise<number | undefined>;
  /** undefined: does not exist. With a range, exactly those bytes; offset and length lie inside the size. */
  read(
    range: { readonly offset: number; readonly length: number } | undefined,
    options: CallOptions,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}
