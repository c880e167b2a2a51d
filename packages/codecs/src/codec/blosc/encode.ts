import { deflateSync } from "node:zlib";
import { GatewayError } from "@zarr-gateway/primitives";
import { bitShuffledBytes } from "../bit-shuffle.ts";
import { shuffledBytes } from "../byte-shuffle.ts";
import { encodeLz4Block } from "../lz4.ts";
import { encodeZstd } from "../zstd.ts";
import { encodeBloscLz } from "./blosclz.ts";
import {
  BLOSC_FLAG,
  BLOSC_FORMATS,
  BLOSC_HEADER_BYTES,
  type BloscCompressor,
  type BloscFormat,
  formatBloscHeader,
} from "./header.ts";

export type BloscShuffle = "noshuffle" | "shuffle" | "bitshuffle";

export interface BloscOptions {
  readonly compressor: BloscCompressor;
  readonly level: number;
  readonly shuffle: BloscShuffle;
  readonly typesize: number;
  /** 0: chosen here. */
  readonly blockSize: number;
}

const MAX_CONTENT_BYTES = 0x7fffffff - BLOSC_HEADER_BYTES;
/** Fits the second-level cache; slow compressors gain from more. */
const BLOCK_BYTES = 256 * 1024;
const SLOW_BLOCK_BYTES = 1024 * 1024;

/** A Blosc 1 frame with one stream a block, which every Blosc 1 and 2 reads. */
export function encodeBlosc(bytes: Uint8Array, options: BloscOptions): Uint8Array {
  if (bytes.length > MAX_CONTENT_BYTES) {
    throw new GatewayError(
      "unsupported",
      `a Blosc frame holds at most ${MAX_CONTENT_BYTES} bytes, not ${bytes.length}`,
    );
  }
  const format = formatOf(options.compressor);
  const blockSize = Math.min(bytes.length, blockSizeOf(options));
  const blocks = options.level === 0 ? undefined : compressedBlocks(bytes, blockSize, options, format);
  const frameSize =
    blocks?.reduce((sum, block) => sum + 8 + block.length, BLOSC_HEADER_BYTES) ?? Number.POSITIVE_INFINITY;
  const shared = { typesize: options.typesize, size: bytes.length, blockSize };
  const baseFlags = shuffleFlag(options) | (BLOSC_FORMATS.indexOf(format) << 5);
  if (blocks === undefined || frameSize >= bytes.length + BLOSC_HEADER_BYTES) {
    const frame = new Uint8Array(BLOSC_HEADER_BYTES + bytes.length);
    frame.set(bytes, BLOSC_HEADER_BYTES);
    formatBloscHeader(frame, { ...shared, flags: baseFlags | BLOSC_FLAG.copied, frameSize: frame.length }, 1);
    return frame;
  }
  const frame = new Uint8Array(frameSize);
  formatBloscHeader(frame, { ...shared, flags: baseFlags | BLOSC_FLAG.dontSplit, frameSize }, 1);
  writeBlocks(frame, blocks);
  return frame;
}

function writeBlocks(frame: Uint8Array, blocks: readonly Uint8Array[]): void {
  const view = new DataView(frame.buffer);
  let at = BLOSC_HEADER_BYTES + 4 * blocks.length;
  for (const [position, block] of blocks.entries()) {
    view.setUint32(BLOSC_HEADER_BYTES + 4 * position, at, true);
    view.setUint32(at, block.length, true);
    frame.set(block, at + 4);
    at += 4 + block.length;
  }
}

function compressedBlocks(
  bytes: Uint8Array,
  blockSize: number,
  options: BloscOptions,
  format: BloscFormat,
): readonly Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += blockSize) {
    const plain = reordered(bytes.subarray(start, start + blockSize), options);
    const compressed = compress(plain, format, options.level);
    // A stream as long as its content means that it is the content, so a longer one must not be written.
    blocks.push(compressed !== undefined && compressed.length < plain.length ? compressed : plain);
  }
  return blocks;
}

function reordered(block: Uint8Array, { shuffle, typesize }: BloscOptions): Uint8Array {
  if (shuffle === "bitshuffle") return bitShuffledBytes(block, typesize);
  return shuffle === "shuffle" && typesize > 1 ? shuffledBytes(block, typesize) : block;
}

function shuffleFlag({ shuffle }: BloscOptions): number {
  if (shuffle === "bitshuffle") return BLOSC_FLAG.bitshuffle;
  return shuffle === "shuffle" ? BLOSC_FLAG.shuffle : 0;
}

/** A multiple of eight elements, so that every block but the last can be bit-shuffled. */
function blockSizeOf({ blockSize, compressor, typesize }: BloscOptions): number {
  const isSlow = compressor === "zstd" || compressor === "zlib" || compressor === "lz4hc";
  const wanted = blockSize > 0 ? blockSize : isSlow ? SLOW_BLOCK_BYTES : BLOCK_BYTES;
  const unit = 8 * typesize;
  return Math.max(unit, Math.floor(wanted / unit) * unit);
}

function formatOf(compressor: BloscCompressor): BloscFormat {
  if (compressor === "snappy") throw new GatewayError("unsupported", "codec blosc: snappy can only be read");
  return compressor === "lz4hc" ? "lz4" : compressor;
}

function compress(bytes: Uint8Array, format: BloscFormat, level: number): Uint8Array | undefined {
  switch (format) {
    case "blosclz":
      return encodeBloscLz(bytes);
    case "lz4":
      return encodeLz4Block(bytes);
    case "zlib":
      return deflateSync(bytes, { level, chunkSize: Math.max(1024, bytes.length >> 1) });
    case "zstd":
      return encodeZstd(bytes, level < 9 ? 2 * level - 1 : 22); // c-blosc's mapping
    case "snappy":
      return undefined;
    default:
      return format satisfies never;
  }
}
