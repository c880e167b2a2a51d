import { GatewayError } from "@zarr-gateway/primitives";

/** Names that the metadata may hold. */
export const BLOSC_COMPRESSORS = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"] as const;
export type BloscCompressor = (typeof BLOSC_COMPRESSORS)[number];

/** How blocks are written inside a frame, by the number in its flags. `lz4hc` is a slower writer of `lz4`. */
export const BLOSC_FORMATS = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;
export type BloscFormat = (typeof BLOSC_FORMATS)[number];

export const BLOSC_HEADER_BYTES = 16;
export const BLOSC_FLAG = { shuffle: 0x01, copied: 0x02, bitshuffle: 0x04, dontSplit: 0x10 } as const;

/** @see c-blosc README_CHUNK_FORMAT.rst */
export interface BloscHeader {
  readonly flags: number;
  readonly typesize: number;
  /** Bytes once decoded. */
  readonly size: number;
  readonly blockSize: number;
  /** Bytes of the frame. */
  readonly frameSize: number;
}

/** @throws GatewayError upstream when it contradicts itself or the bytes it stands in */
export function parseBloscHeader(frame: Uint8Array): BloscHeader {
  if (frame.length < BLOSC_HEADER_BYTES)
    throw new GatewayError("upstream", "a Blosc frame ends inside its header");
  const view = new DataView(frame.buffer, frame.byteOffset, BLOSC_HEADER_BYTES);
  const header: BloscHeader = {
    flags: view.getUint8(2),
    typesize: view.getUint8(3) || 1,
    size: view.getUint32(4, true),
    blockSize: view.getUint32(8, true),
    frameSize: view.getUint32(12, true),
  };
  const isSound = header.frameSize >= BLOSC_HEADER_BYTES && header.frameSize <= frame.length;
  if (!isSound || view.getUint8(0) < 1 || view.getUint8(0) > 2) {
    throw new GatewayError("upstream", "the bytes are not a Blosc frame, or only a part of one");
  }
  return header;
}

export function formatBloscHeader(frame: Uint8Array, header: BloscHeader, versionOfFormat: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, BLOSC_HEADER_BYTES);
  view.setUint8(0, 2);
  view.setUint8(1, versionOfFormat);
  view.setUint8(2, header.flags);
  view.setUint8(3, header.typesize);
  view.setUint32(4, header.size, true);
  view.setUint32(8, header.blockSize, true);
  view.setUint32(12, header.frameSize, true);
}
