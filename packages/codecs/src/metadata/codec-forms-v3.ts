import { bytesPerElement, type CodecSpec, type DataType } from "@zarr-gateway/dataset";
import { BLOSC_COMPRESSORS } from "../codec/blosc/header.ts";
import type { CodecKind } from "../codec.ts";
import { type ConfigurationReader, readConfiguration } from "../configuration.ts";
import { innerCounts, parseShardingConfiguration } from "../shard-index.ts";
import { malformed, unsupported } from "./json-field.ts";
import { numcodecNamed } from "./numcodecs.ts";

/** What goes into a codec: a chunk, or what the codecs before have made of it. */
export interface CodecInput {
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

type Settings = CodecSpec["configuration"];
interface CodecForm {
  readonly kind: CodecKind;
  readonly keys: readonly string[];
  /** The configuration with every key. */
  complete(reader: ConfigurationReader, configuration: Settings, input: CodecInput): Settings;
}

const BLOSC_NAMES: readonly string[] = BLOSC_COMPRESSORS;
const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];
const MAX_ZSTD_LEVEL = 22;
const MIN_ZSTD_LEVEL = -131072;
const MAX_INT32 = 0x7fffffff;

/** The codecs of the core specification, as strict as zarr-python: one array that it refuses makes it refuse the whole store. */
const FORMS: ReadonlyMap<string, CodecForm> = new Map<string, CodecForm>([
  ["bytes", { kind: "array-to-bytes", keys: ["endian"], complete: completeBytes }],
  ["vlen-utf8", { kind: "array-to-bytes", keys: [], complete: completeText }],
  ["transpose", { kind: "array-to-array", keys: ["order"], complete: completeTranspose }],
  [
    "gzip",
    {
      kind: "bytes-to-bytes",
      keys: ["level"],
      complete: (reader) => ({ level: reader.integer("level", { min: 0, max: 9, default: 5 }) }),
    },
  ],
  ["zstd", { kind: "bytes-to-bytes", keys: ["level", "checksum"], complete: completeZstd }],
  [
    "blosc",
    {
      kind: "bytes-to-bytes",
      keys: ["cname", "clevel", "shuffle", "typesize", "blocksize"],
      complete: completeBlosc,
    },
  ],
  // some writers give it a configuration, and all readers ignore that
  ["crc32c", { kind: "bytes-to-bytes", keys: [], complete: () => ({}) }],
]);

/** Codecs of the index of a shard, whose size has to be known before it is read. */
const FIXED_SIZE = new Set(["bytes", "transpose", "crc32c"]);

/**
 * A chain of codecs with every configuration complete; codecs that are not of the core specification stay as they are.
 * @throws GatewayError upstream for what no reader could follow, unsupported for keys that nobody knows
 */
export function completeCodecsV3(codecs: readonly CodecSpec[], input: CodecInput): CodecSpec[] {
  assertOrder(codecs);
  let current = input;
  return codecs.map((codec) => {
    const completed = completeCodec(codec, current);
    if (completed.name === "transpose") current = transposed(completed, current);
    return completed;
  });
}

function completeCodec(codec: CodecSpec, input: CodecInput): CodecSpec {
  const { name, configuration } = codec;
  if (name === "sharding_indexed") return { name, configuration: completeSharding(codec, input) };
  const form = FORMS.get(name);
  if (!form) return codec;
  const reader = readConfiguration(name, configuration);
  if (name !== "crc32c") refuseUnknownKeys(codec, form.keys);
  return { name, configuration: form.complete(reader, configuration, input) };
}

/** Array→array codecs, one array→bytes codec, bytes→bytes codecs; codecs of unknown kind may stand anywhere. */
export function isOrdered(kinds: readonly (CodecKind | undefined)[]): boolean {
  const serializer = kinds.indexOf("array-to-bytes");
  if (serializer < 0 && !kinds.includes(undefined)) return false;
  return kinds.every(
    (kind, position) =>
      kind === undefined ||
      position === serializer ||
      (kind === "array-to-array" && (serializer < 0 || position < serializer)) ||
      (kind === "bytes-to-bytes" && position > serializer),
  );
}

function assertOrder(codecs: readonly CodecSpec[]): void {
  if (isOrdered(codecs.map(({ name }) => kindOfCodecV3(name)))) return;
  const expected = "codecs of values, one codec that makes bytes of values, codecs of bytes";
  throw malformed("codecs", expected, codecs.map(({ name }) => name).join(", "));
}

/** undefined for codecs that zarr-python does not know. */
export function kindOfCodecV3(name: string): CodecKind | undefined {
  if (name === "sharding_indexed") return "array-to-bytes";
  return FORMS.get(name)?.kind ?? numcodecNamed(name)?.kind;
}

function refuseUnknownKeys({ name, configuration }: CodecSpec, keys: readonly string[]): void {
  const unknown = Object.keys(configuration).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw unsupported(`codecs, ${name}`, unknown, keys.length > 0 ? keys.join(", ") : "no configuration");
}

function completeBytes(reader: ConfigurationReader, _: Settings, { dtype }: CodecInput): Settings {
  if (dtype === "string") throw malformed("codecs", "vlen-utf8 for strings of any length", "bytes");
  const endian = reader.string("endian", "little");
  return endian === "little" || endian === "big" ? { endian } : reader.fail("endian", '"little" or "big"');
}

function completeText(_: ConfigurationReader, __: Settings, { dtype }: CodecInput): Settings {
  if (dtype !== "string") throw malformed("codecs", `a codec for ${dtype}`, "vlen-utf8");
  return {};
}

function completeTranspose(
  reader: ConfigurationReader,
  { order }: Settings,
  { shape }: CodecInput,
): Settings {
  const axes = shape.map((_length, axis) => axis);
  if (order === "C") return { order: axes };
  if (order === "F") return { order: axes.reverse() };
  const given = reader.integers("order", 0) ?? [];
  const isPermutation = given.length === axes.length && axes.every((axis) => given.includes(axis));
  return isPermutation
    ? { order: given }
    : reader.fail("order", `a permutation of ${axes.length} dimensions`);
}

function transposed({ configuration }: CodecSpec, { dtype, shape }: CodecInput): CodecInput {
  const order = configuration["order"] as readonly number[]; // made by completeTranspose
  return { dtype, shape: order.map((axis) => shape[axis] ?? 1) };
}

function completeZstd(reader: ConfigurationReader): Settings {
  return {
    level: reader.integer("level", { min: MIN_ZSTD_LEVEL, max: MAX_ZSTD_LEVEL, default: 0 }),
    checksum: reader.boolean("checksum", false),
  };
}

function completeBlosc(reader: ConfigurationReader, _: Settings, { dtype }: CodecInput): Settings {
  const cname = reader.string("cname", "zstd");
  if (!isBloscName(cname)) reader.fail("cname", BLOSC_NAMES.join(", "));
  const typesize = reader.integer("typesize", { min: 1, max: MAX_INT32, default: typesizeOf(dtype) });
  const shuffle = reader.string("shuffle", typesize === 1 ? "bitshuffle" : "shuffle");
  if (!isBloscShuffle(shuffle)) reader.fail("shuffle", SHUFFLES.join(", "));
  return {
    cname,
    clevel: reader.integer("clevel", { min: 0, max: 9, default: 5 }),
    shuffle,
    typesize,
    blocksize: reader.integer("blocksize", { min: 0, max: MAX_INT32, default: 0 }),
  };
}

export function isBloscName(name: unknown): boolean {
  return typeof name === "string" && BLOSC_NAMES.includes(name);
}

export function isBloscShuffle(shuffle: unknown): boolean {
  return typeof shuffle === "string" && SHUFFLES.includes(shuffle);
}

function typesizeOf(dtype: DataType): number {
  return bytesPerElement(dtype) ?? 1;
}

const SHARDING_KEYS = ["chunk_shape", "codecs", "index_codecs", "index_location"];

function completeSharding(codec: CodecSpec, { dtype, shape }: CodecInput): Settings {
  refuseUnknownKeys(codec, SHARDING_KEYS);
  const { chunkShape, codecs, indexCodecs, indexLocation } = parseShardingConfiguration(codec);
  const indexShape = [...innerCounts(chunkShape, shape), 2];
  const index = completeCodecsV3(indexCodecs, { dtype: "uint64", shape: indexShape });
  const growing = index.find(({ name }) => !FIXED_SIZE.has(name));
  if (growing) throw malformed("index_codecs", [...FIXED_SIZE].join(", "), growing.name);
  return {
    chunk_shape: chunkShape,
    codecs: completeCodecsV3(codecs, { dtype, shape: chunkShape }),
    index_codecs: index,
    index_location: indexLocation,
  };
}
