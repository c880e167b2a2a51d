import {
  type AttributeValue,
  type ChunkSource,
  type CodecSpec,
  elementCount,
  MANTISSA_BITS,
  type Variable,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { rechunked } from "../rechunked.ts";
import { rounded } from "../rounded.ts";
import type { EncodeOptions, Lengths, VariableEncoding } from "./variable-encoding.ts";

/** What is to be done to one variable. */
export interface EncodingWork {
  /** Path of the variable, for messages. */
  readonly place: string;
  readonly chunks: Lengths;
  readonly shards: Lengths;
  readonly round: number | undefined;
  readonly compressor: CodecSpec | undefined;
  /** The part of it that was asked for by the variable's name. */
  readonly own: VariableEncoding;
}

/** An index has 16 bytes for each, and making it takes all of them. */
const MAX_INNER_CHUNKS = 65_536;

/** @throws GatewayError invalid_request where the variable cannot be encoded so */
export function encodedVariable(variable: Variable, work: EncodingWork, options: EncodeOptions): Variable {
  const isAsked = Object.values(work.own).some((value) => value !== undefined);
  if (variable.source.storedOnly !== undefined) {
    if (isAsked) throw refused(work, "its values cannot be read here: it is published only as it is stored");
    return variable;
  }
  assertOwnDimensions(variable, work);
  const chunkShape = lengthsOf(variable, work.chunks);
  let source = roundedSource(variable, work, options);
  const kept = options.kept && { ...options.kept, key: `${options.kept.key} ${work.place}` };
  source = rechunked(source, { chunkShape, pool: options.pool, kept });
  const shardShape = shardShapeOf(variable, source, work);
  // stored chunks still go to who wants nothing else
  if (work.compressor !== undefined && source.stored) source = { ...source, isAssembled: true };
  const { encoding: _before, ...rest } = variable;
  if (work.compressor === undefined && shardShape === undefined) return { ...rest, source };
  const encoding = {
    ...(work.compressor && { compressor: work.compressor }),
    ...(shardShape && { shardShape }),
  };
  return { ...rest, source, encoding };
}

/** Lengths along all dimensions; those that are not named as the source has them. */
function lengthsOf({ dims, source }: Variable, lengths: Lengths): number[] {
  const { shape, chunkShape } = source.grid;
  return dims.map((dim, axis) => {
    const length = dim === null ? undefined : lengths[dim];
    return (length === -1 ? shape[axis] : length) ?? chunkShape[axis] ?? 1;
  });
}

function roundedSource(variable: Variable, work: EncodingWork, { pool }: EncodeOptions): ChunkSource {
  const { source, attrs } = variable;
  const keepBits = work.round;
  if (keepBits === undefined) return source;
  const bits = MANTISSA_BITS[source.dtype];
  const isOwn = work.own.round !== undefined;
  if (bits === undefined) {
    if (isOwn) throw refused(work, `"round" is for floating-point numbers, not for ${source.dtype}`);
    return source;
  }
  if (isOwn && keepBits > bits) {
    throw refused(work, `"round" is 0 to ${bits} for ${source.dtype}, not ${keepBits}`);
  }
  if (keepBits >= bits) return source;
  const missing = ["_FillValue", "missing_value"].flatMap((name) => numbersIn(attrs[name]));
  return rounded(source, { keepBits, missing, pool });
}

function numbersIn(value: AttributeValue | undefined): number[] {
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return typeof value === "number" || typeof value === "bigint" ? [Number(value)] : [];
}

/** undefined where each shard would be one chunk. */
function shardShapeOf(
  { dims }: Variable,
  { grid }: ChunkSource,
  work: EncodingWork,
): readonly number[] | undefined {
  const shardShape = grid.chunkShape.map((chunk, axis) => {
    const dim = dims[axis] ?? null;
    const asked = dim === null ? undefined : work.shards[dim];
    if (asked === undefined) return chunk;
    const length = grid.shape[axis] ?? 0;
    if (asked === -1 || asked >= length) return Math.max(1, Math.ceil(length / chunk)) * chunk;
    if (asked % chunk === 0) return asked;
    const message = `shards of ${asked} along "${dim}" are no multiple of its chunks of ${chunk}`;
    throw refused(work, `${message}; "chunks" can make others`);
  });
  const inner = elementCount(shardShape.map((length, axis) => length / (grid.chunkShape[axis] ?? 1)));
  if (inner > MAX_INNER_CHUNKS) {
    throw refused(work, `a shard would hold ${inner} chunks, at most ${MAX_INNER_CHUNKS} are possible`);
  }
  return inner === 1 ? undefined : shardShape;
}

function assertOwnDimensions({ dims }: Variable, work: EncodingWork): void {
  for (const dim of Object.keys({ ...work.own.chunks, ...work.own.shards })) {
    if (!dims.includes(dim)) throw refused(work, `it has no dimension "${dim}", only ${dims.join(", ")}`);
  }
}

function refused({ place }: EncodingWork, reason: string): GatewayError {
  return new GatewayError("invalid_request", `"${place}": ${reason}`, { variable: place });
}
