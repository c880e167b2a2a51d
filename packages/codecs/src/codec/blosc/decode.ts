import { inflateSync } from "node:zlib";
import { GatewayError } from "@zarr-gateway/primitives";
import type { SizeLimit } from "../../codec.ts";
import { bitUnshuffleInto } from "../bit-shuffle.ts";
import { boundedOutput } from "../bounded-output.ts";
import { unshuffleInto } from "../byte-shuffle.ts";
import { MAX_DEFLATE_RATIO } from "../deflate.ts";
import { decodeLz4Block } from "../lz4.ts";
import { decodeZstd } from "../zstd.ts";
import { decodeBloscLz } from "./blosclz.ts";
import {
  BLOSC_FLAG,
  BLOSC_FORMATS,
  BLOSC_HEADER_BYTES,
  type BloscFormat,
  type BloscHeader,
  parseBloscHeader,
} from "./header.ts";
import { decodeSnappy } from "./snappy.ts";

/** Bounds of c-blosc for splitting a block into one stream a byte of the element. */
const MAX_SPLITS = 16;
const MIN_SPLIT_ELEMENTS = 128;

/**
 * The content of a Blosc 1 frame.
 * @throws GatewayError upstream when the frame is damaged or holds another size than expected
 */
export function decodeBlosc(bytes: Uint8Array, limit: SizeLimit): Uint8Array {
  const header = parseBloscHeader(bytes);
  if (header.size > limit.maxBytes || (limit.exact && header.size !== limit.maxBytes)) {
    throw new GatewayError(
      "upstream",
      `a Blosc frame holds ${header.size} bytes, ${limit.maxBytes} were expected`,
    );
  }
  const frame = bytes.subarray(0, header.frameSize);
  if (header.flags & BLOSC_FLAG.copied) return copiedContent(frame, header.size);
  return header.size === 0 ? new Uint8Array(0) : decodeBlocks(frame, header);
}

function copiedContent(frame: Uint8Array, size: number): Uint8Array {
  if (frame.length < BLOSC_HEADER_BYTES + size)
    throw new GatewayError("upstream", "a Blosc frame ends too early");
  return frame.subarray(BLOSC_HEADER_BYTES, BLOSC_HEADER_BYTES + size);
}

function decodeBlocks(frame: Uint8Array, header: BloscHeader): Uint8Array {
  const { size, blockSize, typesize, flags } = header;
  const count = Math.ceil(size / blockSize);
  if (blockSize === 0 || blockSize > size || BLOSC_HEADER_BYTES + 4 * count > frame.length) {
    throw new GatewayError("upstream", "the block table of a Blosc frame is damaged");
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const format = formatOf(flags);
  const result = new Uint8Array(size);
  for (let block = 0; block < count; block += 1) {
    const target = result.subarray(block * blockSize, Math.min(size, (block + 1) * blockSize));
    const isWhole = target.length === blockSize;
    const splits = isWhole ? splitsOf(header) : 1;
    const start = view.getUint32(BLOSC_HEADER_BYTES + 4 * block, true);
    const reorder = reordering(flags, typesize);
    if (reorder === undefined) {
      readStreams(frame, start, target, splits, format);
    } else {
      const reordered =
        splits === 1
          ? readStream(frame, start, target.length, format).content
          : new Uint8Array(target.length);
      if (splits > 1) readStreams(frame, start, reordered, splits, format);
      reorder(reordered, target, typesize);
    }
  }
  return result;
}

type Reorder = (bytes: Uint8Array, target: Uint8Array, typesize: number) => void;

function reordering(flags: number, typesize: number): Reorder | undefined {
  if (flags & BLOSC_FLAG.bitshuffle) return bitUnshuffleInto;
  return flags & BLOSC_FLAG.shuffle && typesize > 1 ? unshuffleInto : undefined;
}

function splitsOf({ flags, typesize, blockSize }: BloscHeader): number {
  const isSplit =
    !(flags & BLOSC_FLAG.dontSplit) && typesize <= MAX_SPLITS && blockSize / typesize >= MIN_SPLIT_ELEMENTS;
  return isSplit ? typesize : 1;
}

function formatOf(flags: number): BloscFormat {
  const format = BLOSC_FORMATS[flags >> 5];
  if (format === undefined)
    throw new GatewayError("unsupported", `a Blosc frame has unknown format ${flags >> 5}`);
  return format;
}

function readStreams(
  frame: Uint8Array,
  start: number,
  target: Uint8Array,
  splits: number,
  format: BloscFormat,
): void {
  const size = Math.floor(target.length / splits);
  let at = start;
  for (let split = 0; split < splits; split += 1) {
    const stream = readStream(frame, at, size, format);
    target.set(stream.content, split * size);
    at = stream.end;
  }
}

/** One stream: its size as int32, then its bytes, uncompressed where both sizes are the same. */
function readStream(
  frame: Uint8Array,
  at: number,
  size: number,
  format: BloscFormat,
): { readonly content: Uint8Array; readonly end: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const stored =
    at >= BLOSC_HEADER_BYTES && at + 4 <= frame.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
  const end = at + 4 + stored;
  if (end > frame.length)
    throw new GatewayError("upstream", "a stream of a Blosc frame reaches past its end");
  const bytes = frame.subarray(at + 4, end);
  const content = stored === size ? bytes : decodeStream(bytes, size, format);
  if (content.length !== size) {
    throw new GatewayError(
      "upstream",
      `a stream of a Blosc frame holds ${content.length} bytes, not ${size}`,
    );
  }
  return { content, end };
}

function decodeStream(bytes: Uint8Array, size: number, format: BloscFormat): Uint8Array {
  const limit = { maxBytes: size, exact: true };
  switch (format) {
    case "blosclz":
      return decodeBloscLz(bytes, size);
    case "lz4":
      return decodeLz4Block(bytes, size);
    case "snappy":
      return decodeSnappy(bytes, size);
    case "zlib":
      return inflateSync(bytes, boundedOutput(bytes, limit, MAX_DEFLATE_RATIO));
    case "zstd":
      return decodeZstd(bytes, limit);
    default:
      return format satisfies never;
  }
}
