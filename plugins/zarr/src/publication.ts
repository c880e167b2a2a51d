import {
  type ArrayDescription,
  type BloscFrame,
  bloscFrameOf,
  canFormatV2,
  canFormatV3,
  canPassV3,
  defaultFillValue,
  needsFiltersV2,
  planFillV2,
  readersOfV2,
  type ZarrFormat,
} from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  bytesPerElement,
  type ChunkGrid,
  type CodecSpec,
  elementCount,
  type StoredChunks,
  type Variable,
} from "@zarr-gateway/dataset";
import { compressorCodecs } from "./compressor.ts";

/** Where the bytes of published chunks come from. */
export type ChunkOrigin =
  /** As they are stored. */
  | { readonly kind: "stored"; readonly stored: StoredChunks }
  /** As they are stored, behind a prefix. */
  | { readonly kind: "framed"; readonly stored: StoredChunks; readonly frame: BloscFrame }
  /** Decoded and encoded anew. */
  | { readonly kind: "encoded" }
  /** Shards, made here of chunks that are published like this; `innerBytes` where each of them has as many. */
  | { readonly kind: "sharded"; readonly inner: Publication; readonly innerBytes: number | undefined };

/** How one variable is published in one format: what its documents say and its chunks are. */
export interface Publication {
  readonly variable: Variable;
  readonly format: ZarrFormat;
  readonly description: ArrayDescription;
  readonly origin: ChunkOrigin;
  /** True where chunks that were never written must be served, see `planFillV2`. */
  readonly fillsMissingChunks: boolean;
  /** What all elements of a chunk that is left out read as; null where no chunk may be left out. */
  readonly absentFill: ArrayEncoding["fill"];
}

/** Codecs that change values when writing and do nothing when reading: readers need not know of them. */
const LOSSY_ONLY = new Set(["numcodecs.bitround"]);

/** Chooses the encoding that costs least and that readers of the format know; undefined where there is none. Pure. */
export function planPublication(
  variable: Variable,
  name: string,
  format: ZarrFormat,
  compressor: CodecSpec,
): Publication | undefined {
  const { source, attrs } = variable;
  const chosen =
    source.storedOnly === undefined
      ? chooseOrigin(variable, format, variable.encoding?.compressor ?? compressor)
      : passedOn(variable, format);
  if (chosen === undefined) return undefined;
  const { origin, encoding } = chosen;
  const dims = variable.dims.map((dim, axis) => dim ?? `${name}_dim_${axis}`);
  const fill = format === "v2" ? planFillV2(source.dtype, source.fill, attrs) : undefined;
  const publication: Publication = {
    variable,
    format,
    description: { encoding, dims, attrs },
    origin,
    fillsMissingChunks: fill?.fillsMissingChunks ?? false,
    absentFill: fill ? fill.fillValue : (source.fill ?? defaultFillValue(source.dtype)),
  };
  const shardShape = variable.encoding?.shardShape;
  return format === "v3" && shardShape ? inShards(publication, shardShape) : publication;
}

function inShards(chunks: Publication, shardShape: readonly number[]): Publication {
  const { encoding } = chunks.description;
  const { grid, codecs } = encoding;
  const innerBytes = chunks.origin.kind === "encoded" ? plainSize(encoding) : undefined;
  // which of them are all fill is known only when they are made, so that then all are there
  const inner = innerBytes === undefined ? chunks : { ...chunks, fillsMissingChunks: true, absentFill: null };
  const sharding: CodecSpec = {
    name: "sharding_indexed",
    configuration: {
      chunk_shape: grid.chunkShape,
      codecs,
      index_codecs: [
        { name: "bytes", configuration: { endian: "little" } },
        { name: "crc32c", configuration: {} },
      ],
      index_location: "end",
    },
  };
  const sharded = { ...encoding, grid: { ...grid, chunkShape: shardShape }, codecs: [sharding] };
  return {
    ...inner,
    description: { ...inner.description, encoding: sharded },
    origin: { kind: "sharded", inner, innerBytes },
  };
}

/** Bytes of every chunk; undefined where they differ with the content. */
function plainSize({ codecs, dtype, grid }: ArrayEncoding): number | undefined {
  const size = codecs.every(({ name }) => name === "bytes") ? bytesPerElement(dtype) : undefined;
  return size && size * elementCount(grid.chunkShape);
}

interface Chosen {
  readonly origin: ChunkOrigin;
  readonly encoding: ArrayEncoding;
}

/** Chunks that nobody here can decode, for readers that can. */
function passedOn({ source }: Variable, format: ZarrFormat): Chosen | undefined {
  const { stored, storedOnly, dtype, fill } = source;
  if (!stored || storedOnly !== format) return undefined;
  const encoding = { dtype, grid: stored.grid, fill, codecs: stored.codecs };
  const canPass =
    format === "v3" ? canPassV3(encoding) : canFormatV2(encoding) && readersOfV2(encoding) !== "none";
  return canPass ? { origin: { kind: "stored", stored }, encoding } : undefined;
}

function chooseOrigin(
  { source, encoding: wanted }: Variable,
  format: ZarrFormat,
  compressor: CodecSpec,
): Chosen {
  const { dtype, fill, stored } = source;
  const shardShape = format === "v3" ? wanted?.shardShape : undefined;
  const isOwnGrid = shardShape === undefined || isSameGrid(stored?.grid, source.grid);
  if (stored && !source.isAssembled && isOwnGrid) {
    const { grid } = stored;
    const codecs = stored.codecs.filter(({ name }) => !LOSSY_ONLY.has(name));
    const encoding = { dtype, grid, fill, codecs };
    const canPass = format === "v3" ? canFormatV3(encoding) : canFormatV2(encoding);
    if (canPass && !(format === "v2" && needsFiltersV2(encoding))) {
      return { origin: { kind: "stored", stored }, encoding };
    }
    const frame = bloscFrameOf(codecs, dtype, grid);
    const framed = frame && { ...encoding, codecs: frame.codecs };
    if (frame && framed && (format === "v3" ? canFormatV3(framed) : canFormatV2(framed))) {
      return { origin: { kind: "framed", stored, frame }, encoding: framed };
    }
    if (canPass) return { origin: { kind: "stored", stored }, encoding };
  }
  const serializer: CodecSpec =
    dtype === "string"
      ? { name: "vlen-utf8", configuration: {} }
      : { name: "bytes", configuration: { endian: "little" } };
  const codecs = [serializer, ...compressorCodecs(compressor, dtype)];
  return { origin: { kind: "encoded" }, encoding: { dtype, grid: source.grid, fill, codecs } };
}

/** Shards that are stored cannot be put into shards: then their inner chunks are encoded anew. */
function isSameGrid(stored: ChunkGrid | undefined, own: ChunkGrid): boolean {
  return stored?.chunkShape.every((length, axis) => length === own.chunkShape[axis]) ?? false;
}
