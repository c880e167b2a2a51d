import { promisify } from "node:util";
import { inflate, zstdDecompress } from "node:zlib";
import {
  bytesPerElement,
  type ChunkGrid,
  type CodecSpec,
  type DataType,
  elementCount,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { fletcher32 } from "./codec/checksum-functions.ts";

/** 16 bytes of header, the offset of the only block, the size of the only block. */
const PREFIX_BYTES = 24;
/** c-blosc refuses larger blocks (BLOSC_MAX_BLOCKSIZE), and a frame here is one block. */
const MAX_CHUNK_BYTES = 715_827_542;
const MAX_TYPESIZE = 255;
/** Header flags of Blosc 1. */
const SHUFFLED = 0x01;
const NOT_SPLIT = 0x10;
const CHECKSUM = "numcodecs.fletcher32";
const CHECKSUM_BYTES = 4;
const FORMAT_VERSION = 2;
const COMPRESSOR_VERSION = 1;

interface Compressor {
  readonly cname: "zlib" | "zstd";
  /** Number of the format in the header's flags. */
  readonly format: number;
  readonly maxLevel: number;
  readonly decompress: (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;
}
const ZLIB: Compressor = { cname: "zlib", format: 3, maxLevel: 9, decompress: promisify(inflate) };
const ZSTD: Compressor = { cname: "zstd", format: 4, maxLevel: 9, decompress: promisify(zstdDecompress) };
const COMPRESSORS: ReadonlyMap<string, Compressor> = new Map([
  ["numcodecs.zlib", ZLIB],
  ["numcodecs.zstd", ZSTD],
  ["zstd", ZSTD],
]);

/**
 * A way to publish chunks under the codec `blosc` without touching them: bytes that were shuffled and deflated as HDF5
 * does it are the content of a Blosc 1 block, so a prefix is all that is missing.
 */
export interface BloscFrame {
  /** The codecs to publish. */
  readonly codecs: readonly CodecSpec[];
  readonly prefixBytes: number;
  /** Bytes of a decoded chunk. */
  readonly chunkBytes: number;
  /** Bytes at the end of a stored chunk that are checked and left out: a checksum, for which Blosc has no place. */
  readonly trailerBytes: number;
  /** What stands before a body of so many bytes. */
  prefix(bodyBytes: number): Uint8Array;
  /**
   * What stands after the prefix: the stored bytes, also of a chunk whose compressor was skipped. Only where a stored
   * chunk is exactly as long as a decoded one, which Blosc takes for not compressed, they may have to be decompressed.
   * @throws GatewayError upstream when the checksum does not fit
   */
  body(stored: Uint8Array): Promise<Uint8Array>;
}

/** Blosc keeps bytes that did not get shorter as they are, and shuffles them nevertheless. */
const SKIPPED: Compressor = { ...ZLIB, decompress: (bytes) => Promise.resolve(bytes) };

/**
 * The frame for chunks of these codecs, or undefined where they are no Blosc block: it takes zlib, zstd or nothing, after
 * a shuffle or not, with a checksum or not. What every format has a word for needs no frame: zstd alone, and no codec at all.
 */
export function bloscFrameOf(
  codecs: readonly CodecSpec[],
  dtype: DataType,
  grid: ChunkGrid,
): BloscFrame | undefined {
  const serializer = codecs.findIndex(({ name }) => name === "bytes");
  const [first, ...rest] = codecs.slice(serializer + 1);
  const isShuffled = first?.name === "numcodecs.shuffle";
  const steps = isShuffled ? rest : first ? [first, ...rest] : [];
  const isChecked = steps.at(-1)?.name === CHECKSUM;
  const packed = isChecked ? steps.slice(0, -1) : steps;
  const isSkipped = packed.length === 0 && (isShuffled || isChecked);
  const compressor = isSkipped ? SKIPPED : COMPRESSORS.get(packed[0]?.name ?? "");
  const elementBytes = bytesPerElement(dtype);
  // any other codec of values may change the size of elements, and with it what Blosc has to be told
  if (codecs.slice(0, Math.max(serializer, 0)).some(({ name }) => name !== "transpose")) return undefined;
  if (serializer < 0 || packed.length > 1 || !compressor || elementBytes === undefined) return undefined;
  if (!isShuffled && !isChecked && packed[0]?.name === "zstd") return undefined;

  const chunkBytes = elementCount(grid.chunkShape) * elementBytes;
  const typesize = isShuffled ? (first.configuration["elementsize"] ?? 4) : elementBytes;
  const isUsable =
    typeof typesize === "number" && Number.isInteger(typesize) && typesize >= 1 && typesize <= MAX_TYPESIZE;
  if ((isShuffled && !isUsable) || chunkBytes > MAX_CHUNK_BYTES || chunkBytes < 1) return undefined;
  const block: Block = { compressor, chunkBytes, isShuffled, typesize: isUsable ? typesize : 1 };
  return {
    codecs: [...codecs.slice(0, serializer + 1), describe(block, packed[0]?.configuration["level"])],
    prefixBytes: PREFIX_BYTES,
    chunkBytes,
    prefix: (storedBytes) => formatPrefix(block, storedBytes),
    trailerBytes: isChecked ? CHECKSUM_BYTES : 0,
    body: (stored) => unambiguous(block, isChecked ? checked(stored) : stored),
  };
}

interface Block {
  readonly compressor: Compressor;
  readonly chunkBytes: number;
  readonly isShuffled: boolean;
  readonly typesize: number;
}

function describe({ compressor, isShuffled, typesize }: Block, level: unknown): CodecSpec {
  const clevel =
    typeof level === "number" ? Math.min(Math.max(Math.trunc(level), 1), compressor.maxLevel) : 5;
  return {
    name: "blosc",
    configuration: {
      cname: compressor.cname,
      clevel,
      shuffle: isShuffled ? "shuffle" : "noshuffle",
      typesize,
      blocksize: 0,
    },
  };
}

/** @see https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst */
function formatPrefix(
  { compressor, chunkBytes, isShuffled, typesize }: Block,
  storedBytes: number,
): Uint8Array {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  prefix[0] = FORMAT_VERSION;
  prefix[1] = COMPRESSOR_VERSION;
  prefix[2] = (isShuffled ? SHUFFLED : 0) | NOT_SPLIT | (compressor.format << 5);
  prefix[3] = typesize;
  view.setInt32(4, chunkBytes, true);
  view.setInt32(8, chunkBytes, true); // one block
  view.setInt32(12, PREFIX_BYTES + storedBytes, true);
  view.setInt32(16, PREFIX_BYTES - 4, true); // where the block begins, with its size in front
  view.setInt32(20, storedBytes, true);
  return prefix;
}

/** The bytes in front of their Fletcher-32 checksum, as HDF5 writes it. */
function checked(stored: Uint8Array): Uint8Array {
  const length = stored.byteLength - CHECKSUM_BYTES;
  const bytes = stored.subarray(0, Math.max(0, length));
  const sum =
    length < 0 ? undefined : new DataView(stored.buffer, stored.byteOffset + length).getUint32(0, true);
  if (sum === fletcher32(bytes)) return bytes;
  throw new GatewayError("upstream", "a chunk is damaged: its Fletcher-32 checksum does not fit");
}

async function unambiguous({ compressor, chunkBytes }: Block, stored: Uint8Array): Promise<Uint8Array> {
  if (compressor === SKIPPED && stored.byteLength !== chunkBytes)
    throw new GatewayError("upstream", `${stored.byteLength} bytes, expected ${chunkBytes}`);
  if (stored.byteLength !== chunkBytes) return stored;
  try {
    const plain = await compressor.decompress(stored, { maxOutputLength: chunkBytes });
    return plain.byteLength === chunkBytes ? plain : stored;
  } catch {
    return stored; // the compressor was skipped when this chunk was written
  }
}
