import type { CallOptions } from "@zarr-gateway/primitives";

/**
 * A file of known size, read piece by piece: what readers of file formats are written against.
 * All reads are of one version of the file: once it has changed, reads fail instead of mixing two versions.
 */
export interface RandomAccess {
  readonly size: number;
  /** Changes when the bytes change. */
  readonly version?: string;
  /** As in `ByteStat`. */
  readonly etag?: string;
  readonly modifiedAt?: number;
  /**
   * Exactly the bytes asked for, read-only.
   * @throws GatewayError upstream "truncated" when the range reaches past the end, or when the file has changed since
   */
  read(offset: number, length: number, options?: CallOptions): Promise<Uint8Array>;
  /** False when the file has changed since it was opened. */
  isCurrent?(options?: CallOptions): Promise<boolean>;
  close?(): Promise<void>;
}
