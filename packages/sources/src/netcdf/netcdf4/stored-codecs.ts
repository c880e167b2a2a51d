import { bytesPerElement, type CodecSpec } from "@zarr-gateway/dataset";
import { FILTER, type Hdf5Filter } from "../hdf5/index.ts";
import type { ElementType } from "./element-type.ts";
import type { Packing } from "./unpack-task.ts";

/** How HDF5 filters read in the words of Zarr. */
export interface StoredCodecs {
  readonly codecs: readonly CodecSpec[];
  /** The codecs of a chunk for which some filters were skipped. */
  without(filterMask: number): readonly CodecSpec[];
  /** True when a chunk with this mask was coded by all of `codecs`. */
  isComplete(filterMask: number): boolean;
  /** Bytes at the end of a chunk that belong to no codec: a Fletcher-32 checksum. */
  trailerBytes(filterMask: number): number;
  /** The outermost compressor where Zarr has no codec for it: undone here, before the codecs. */
  packing(filterMask: number): Packing | undefined;
  /** False where stored chunks cannot go out as they are. */
  readonly canPassOn: boolean;
}

const CHECKSUM = "numcodecs.fletcher32";
const CHECKSUM_BYTES = 4;

/** undefined where a filter has no codec: such chunks are decoded by the HDF5 library. */
export function storedCodecs(
  filters: readonly Hdf5Filter[],
  element: ElementType,
  elementBytes: number,
): StoredCodecs | undefined {
  if (filters.length === 0) return unfiltered(bytesCodec(element));
  const specs: Step[] = [];
  let isPacked = false;
  for (const [position, filter] of filters.entries()) {
    const isLast = position === filters.length - 1;
    const isForeign = specs.some(isPacking);
    const isChecked = specs.some((step) => typeof step === "object" && step.name === CHECKSUM);
    const spec = codecOf(filter, { elementBytes, isLast, isPacked, isForeign, isChecked });
    if (spec === undefined || isForeign) {
      if (spec !== "trailer") return undefined; // only a checksum may come after a compressor without a codec
    }
    isPacked ||= typeof spec === "object" && spec.name !== "numcodecs.shuffle" && spec.name !== CHECKSUM;
    specs.push(spec);
  }
  const bytes = bytesCodec(element);
  const isSkipped = (mask: number, position: number) => position < 32 && (mask & (1 << position)) !== 0;
  const without = (mask: number) =>
    [
      bytes,
      ...specs.filter((spec, position) => typeof spec === "object" && !isSkipped(mask, position)),
    ] as CodecSpec[]; // the filter leaves only objects
  return {
    codecs: without(0),
    without,
    isComplete: (mask) =>
      specs.every((spec, position) => typeof spec !== "object" || !isSkipped(mask, position)),
    packing: (mask) =>
      specs.find((spec, position): spec is Packing => isPacking(spec) && !isSkipped(mask, position)),
    canPassOn: !specs.some(isPacking),
    trailerBytes: (mask) =>
      specs.some((spec, position) => spec === "trailer" && !isSkipped(mask, position)) ? CHECKSUM_BYTES : 0,
  };
}

/** The same objects for all variables: what is remembered of a list of codecs is found again. */
const ENDIANLESS: CodecSpec = { name: "bytes", configuration: {} };
const LITTLE: CodecSpec = { name: "bytes", configuration: { endian: "little" } };
const BIG: CodecSpec = { name: "bytes", configuration: { endian: "big" } };
const UNFILTERED = new Map<CodecSpec, StoredCodecs>();

function bytesCodec({ dtype, storedType, bigEndian }: ElementType): CodecSpec {
  if (dtype === "bool" || storedType.startsWith("S") || bytesPerElement(dtype) === 1) return ENDIANLESS;
  return bigEndian ? BIG : LITTLE;
}

function unfiltered(bytes: CodecSpec): StoredCodecs {
  const known = UNFILTERED.get(bytes);
  if (known) return known;
  const codecs = [bytes];
  const made: StoredCodecs = {
    codecs,
    without: () => codecs,
    isComplete: () => true,
    trailerBytes: () => 0,
    packing: () => undefined,
    canPassOn: true,
  };
  UNFILTERED.set(bytes, made);
  return made;
}

type Step = CodecSpec | Packing | "nothing" | "trailer";
const isPacking = (step: Step): step is Packing => step === "lzf" || step === "lz4";

interface FilterPlace {
  readonly elementBytes: number;
  readonly isLast: boolean;
  /** A compressor comes before: bytes have no element structure any more. */
  readonly isPacked: boolean;
  /** A checksum of 4 bytes stands behind the elements. */
  readonly isChecked: boolean;
  /** One of them is a compressor without a codec. */
  readonly isForeign: boolean;
}

function codecOf({ id, parameters }: Hdf5Filter, place: FilterPlace): Step | undefined {
  switch (id) {
    case FILTER.deflate:
      return { name: "numcodecs.zlib", configuration: { level: Math.min(parameters[0] ?? 1, 9) } };
    case FILTER.shuffle: {
      const elementsize = parameters[0] ?? place.elementBytes;
      if (elementsize <= 1) return "nothing";
      if (place.isPacked || place.elementBytes % elementsize !== 0) return undefined;
      // HDF5 leaves what is no whole element at the end as it is, readers of Zarr lose it
      if (place.isChecked && CHECKSUM_BYTES % elementsize !== 0) return undefined;
      return { name: "numcodecs.shuffle", configuration: { elementsize } };
    }
    case FILTER.fletcher32:
      // behind a packing of our own no codec can come, so the checksum is cut off here
      if (place.isForeign) return place.isLast ? "trailer" : undefined;
      return { name: CHECKSUM, configuration: {} };
    case FILTER.zstd:
      return { name: "zstd", configuration: { level: zstdLevel(parameters[0]), checksum: false } };
    case FILTER.lzf:
      return "lzf";
    case FILTER.lz4:
      return "lz4";
    case FILTER.blosc:
      return bloscCodec(parameters);
    default:
      return undefined;
  }
}

/** Negative levels are stored as unsigned numbers. */
function zstdLevel(parameter = 3): number {
  const level = parameter | 0;
  return level >= -131072 && level <= 22 ? level : 3;
}

const BLOSC_COMPRESSORS = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"] as const;
const BLOSC_SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"] as const;

/** Parameters: version of the filter, of Blosc, element size, chunk size, level, shuffle, compressor. */
function bloscCodec(parameters: readonly number[]): CodecSpec | undefined {
  const [, , typesize = 1, , clevel = 5, shuffleCode = 1, compressor = 0] = parameters;
  const cname = BLOSC_COMPRESSORS[compressor];
  const shuffle = BLOSC_SHUFFLES[shuffleCode];
  if (!cname || cname === "snappy" || !shuffle) return undefined;
  return {
    name: "blosc",
    configuration: {
      cname,
      clevel: Math.min(clevel, 9),
      shuffle,
      typesize: Math.max(1, typesize),
      blocksize: 0,
    },
  };
}
