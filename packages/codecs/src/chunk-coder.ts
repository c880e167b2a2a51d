import type { ArrayEncoding, Chunk, ChunkIndex, PendingChunk } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

export interface DecodeOptions extends CallOptions {
  /** True where nobody else holds the bytes: they go to the other thread in place of a copy. */
  readonly isExclusive?: boolean | undefined;
}

/** Turns the bytes of one chunk into values and back, on other threads where that is worth the trip. */
export interface ChunkCoder {
  /**
   * Values clipped to the array.
   * @throws GatewayError upstream when the bytes are damaged or longer than the chunk declares;
   *   unsupported when a codec is unknown.
   */
  decode(
    encoding: ArrayEncoding,
    index: ChunkIndex,
    bytes: Uint8Array,
    options?: DecodeOptions,
  ): Promise<Chunk>;
  /** The bytes with the task that decodes them; undefined where they are better decoded on this thread. */
  pending(
    encoding: ArrayEncoding,
    index: ChunkIndex,
    bytes: Uint8Array,
    options?: Pick<DecodeOptions, "isExclusive">,
  ): Omit<PendingChunk, "label"> | undefined;
  /** Bytes of the full chunk, padded with fill; undefined when every element equals the fill value. */
  encode(
    encoding: ArrayEncoding,
    index: ChunkIndex,
    chunk: Chunk,
    options?: CallOptions,
  ): Promise<Uint8Array | undefined>;
  /** Like `encode`, but writes chunks that are all fill. */
  encodeAlways(
    encoding: ArrayEncoding,
    index: ChunkIndex,
    chunk: Chunk,
    options?: CallOptions,
  ): Promise<Uint8Array>;
}
