import { bytesPerElement, type CodecSpec, elementCount, type Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type {
  ArrayLayout,
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  Codec,
  SizeLimit,
} from "./codec.ts";
import { loadCodec } from "./registry.ts";

/** A loaded codec chain for chunks of one layout: full chunks, not clipped. */
export interface Pipeline {
  /** Bytes of every encoded chunk, or undefined where they differ. */
  readonly encodedSize: number | undefined;
  encode(values: Values): Uint8Array;
  /** @throws GatewayError upstream, or whatever a decompressor throws, when the bytes are damaged */
  decode(bytes: Uint8Array): Values;
}

interface Chain {
  readonly arrayCodecs: readonly ArrayToArrayCodec[];
  readonly serializer: ArrayToBytesCodec;
  readonly byteCodecs: readonly BytesToBytesCodec[];
  /** What decoding may give at most, for the serializer's input and then for each bytes→bytes codec's input. */
  readonly limits: readonly SizeLimit[];
}

/**
 * @throws GatewayError unsupported when a codec is unknown; upstream when the chain or a configuration is malformed
 */
export async function loadPipeline(codecs: readonly CodecSpec[], layout: ArrayLayout): Promise<Pipeline> {
  const chain = await loadChain(codecs, layout);
  return {
    encodedSize: chain.byteCodecs.reduce<number | undefined>(
      (size, codec) => (size === undefined ? undefined : codec.encodedSize(size)),
      chain.serializer.encodedSize,
    ),
    encode(values) {
      const stored = chain.arrayCodecs.reduce((current, codec) => codec.encode(current), values);
      const bytes = chain.serializer.encode(stored);
      return chain.byteCodecs.reduce((current, codec) => codec.encode(current), bytes);
    },
    decode(bytes) {
      const serialized = chain.byteCodecs.reduceRight(
        (current, codec, position) => decodeWithin(codec, current, chain.limits[position]),
        bytes,
      );
      const stored = chain.serializer.decode(serialized);
      return chain.arrayCodecs.reduceRight((current, codec) => codec.decode(current), stored);
    },
  };
}

async function loadChain(codecs: readonly CodecSpec[], layout: ArrayLayout): Promise<Chain> {
  const arrayCodecs: ArrayToArrayCodec[] = [];
  const byteCodecs: BytesToBytesCodec[] = [];
  let serializer: ArrayToBytesCodec | undefined;
  let current = layout;
  for (const spec of codecs) {
    const codec = await createCodec(spec, current);
    if (codec.kind === "bytes-to-bytes" && serializer) {
      byteCodecs.push(codec);
    } else if (codec.kind === "array-to-array" && !serializer) {
      arrayCodecs.push(codec);
      current = codec.encoded;
    } else if (codec.kind === "array-to-bytes" && !serializer) {
      serializer = codec;
    } else {
      throw new GatewayError(
        "upstream",
        `the codec ${spec.name} cannot stand at its place in ${namesOf(codecs)}`,
      );
    }
  }
  if (!serializer)
    throw new GatewayError("upstream", `no codec turns values into bytes in ${namesOf(codecs)}`);
  return { arrayCodecs, serializer, byteCodecs, limits: sizeLimits(serializer, byteCodecs, current) };
}

async function createCodec(spec: CodecSpec, layout: ArrayLayout): Promise<Codec> {
  const create = await loadCodec(spec.name);
  if (!create)
    throw new GatewayError("unsupported", `the codec ${spec.name} is not known`, { codec: spec.name });
  return create(spec.configuration, layout);
}

function namesOf(codecs: readonly CodecSpec[]): string {
  return `[${codecs.map((codec) => codec.name).join(", ")}]`;
}

/** Bound of what is not a fixed size, such as strings: no chunk of real data comes near. */
const LOOSE_BYTES = 16 * 1024 * 1024;
const LOOSE_BYTES_PER_ELEMENT = 4096;

function sizeLimits(
  serializer: ArrayToBytesCodec,
  byteCodecs: readonly BytesToBytesCodec[],
  layout: ArrayLayout,
): SizeLimit[] {
  const elementBytes = bytesPerElement(layout.dtype);
  const loose =
    elementBytes === undefined
      ? LOOSE_BYTES + LOOSE_BYTES_PER_ELEMENT * elementCount(layout.shape)
      : LOOSE_BYTES + 64 * elementCount(layout.shape) + 2 * elementBytes * elementCount(layout.shape);
  const limits: SizeLimit[] = [];
  let exact = serializer.encodedSize;
  let bound = exact ?? loose;
  for (const codec of byteCodecs) {
    limits.push({ maxBytes: bound, exact: exact !== undefined });
    exact = exact === undefined ? undefined : codec.encodedSize(exact);
    bound = exact ?? codec.encodedSize(bound) ?? compressedBound(bound);
  }
  return limits;
}

/** No compressor in use lets incompressible data grow by more. */
function compressedBound(size: number): number {
  return size + Math.ceil(size / 8) + 4096;
}

function decodeWithin(codec: BytesToBytesCodec, bytes: Uint8Array, limit: SizeLimit | undefined): Uint8Array {
  if (!limit) throw new GatewayError("internal", "a codec without a size limit");
  const decoded = codec.decode(bytes, limit);
  if (decoded.length > limit.maxBytes || (limit.exact && decoded.length !== limit.maxBytes)) {
    throw new GatewayError(
      "upstream",
      `a chunk decodes to ${decoded.length} bytes, ${limit.maxBytes} were expected`,
    );
  }
  return decoded;
}
