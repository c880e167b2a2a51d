import type { CallOptions } from "@zarr-gateway/primitives";
import type { StoreCredentials } from "./credentials.ts";
import type { RemoteConnections } from "./remote-connections.ts";

/** A file on its way. Its bytes must stay the same until it has arrived. */
export interface UploadSource {
  readonly size: number;
  readonly mediaType: string;
  /** Lower-case hexadecimal: kept beside the object, and compared with what was read. */
  readonly sha256: string;
  read(offset: number, length: number, options: CallOptions): Promise<Uint8Array>;
}

/** How far an upload in parts has come: what it takes to go on after a crash. Plain JSON. */
export interface UploadState {
  readonly id: string;
  readonly partBytes: number;
  /** By number, from 1. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface PutOptions extends CallOptions {
  /** Of an attempt that broke off. */
  readonly resume?: UploadState | undefined;
  /** Called after each part. */
  readonly onState?: (state: UploadState) => void;
}

/**
 * Writes below one location of an object store. Each request carries a checksum of its bytes that the store compares, so that
 * what arrived is what was read; passing failures are tried again.
 */
export interface ObjectWriter {
  /** @throws GatewayError forbidden, or upstream; unprocessable where the source is not what its checksum says */
  put(key: string, source: UploadSource, options?: PutOptions): Promise<void>;
  /** Gives up an upload that broke off: until then its parts take room. Absent where the store does so by itself. */
  abandon?(key: string, state: UploadState, options?: CallOptions): Promise<void>;
  /** Keys of all objects below a folder, relative to the location. */
  keys(folder: string, options?: CallOptions): AsyncIterable<string>;
  /** What is not there needs no removal. */
  remove(key: string, options?: CallOptions): Promise<void>;
}

export interface ObjectWriterOptions {
  readonly credentials: readonly StoreCredentials[];
  /** Who made them closes them. An upload of a part may take as long as their `timeoutMs`. */
  readonly connections: RemoteConnections;
  /** Objects above this go in parts. Multiples of 256 KiB, at least 5 MiB on AWS. */
  readonly partBytes?: number;
  /** Parts of one object under way at once. */
  readonly concurrentParts?: number;
}

/** Of Google and S3; with 10 000 parts at most. */
export const PART_BYTES = 16 * 1024 ** 2;
