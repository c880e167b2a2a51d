import { bytesPerElement, type CodecSpec, type DataType } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import { type ByteOrder, parseDataTypeV2 } from "./data-type-names.ts";
import {
  integerOf,
  isList,
  type JsonObject,
  malformed,
  objectAt,
  unsupported,
  withIntegers,
  withNumbers,
} from "./json-field.ts";
import { assertNumcodec, NUMCODECS } from "./numcodecs.ts";

/** numcodecs that map values to values: they stand before the array→bytes codec. */
const ARRAY_FILTERS = new Set(
  [...NUMCODECS].filter(([, { kind }]) => kind === "array-to-array").map(([id]) => id),
);
/** numcodecs that store Python objects; `vlen-utf8` is the one with a type of ours. */
const OBJECT_CODECS = new Set(["json2", "pickle", "msgpack2", "vlen-bytes", "vlen-array", "categorize"]);
/** Byte codecs that belong among the filters even when they come last. */
const NOT_COMPRESSORS = new Set(["shuffle", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3"]);
const BLOSC_SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];
const BLOSC_MAX_TYPESIZE = 255;

/** The part of `.zarray` that says how a chunk becomes bytes. */
export interface EncodingV2 {
  readonly byteOrder: ByteOrder;
  readonly order: "C" | "F";
  readonly filters: readonly JsonObject[] | null;
  readonly compressor: JsonObject | null;
}

/** True for the `.zarray` of an array of Python objects that are text. */
export function hasTextFilter(zarray: JsonObject): boolean {
  return filtersOf(zarray).some(({ id }) => id === "vlen-utf8");
}

/**
 * Codecs of a Zarr v2 array in the order of v3: what `order`, `dtype`, `filters` and `compressor` say together.
 * @throws GatewayError unsupported for codecs of Python objects
 */
export function parseCodecsV2(
  zarray: JsonObject,
  dtype: DataType,
  byteOrder: ByteOrder,
  rank: number,
): CodecSpec[] {
  const filters = filtersOf(zarray);
  const steps =
    zarray["compressor"] == null ? filters : [...filters, stepAt(zarray["compressor"], "compressor")];
  if (dtype !== "string" && steps.some(({ id }) => id === "vlen-utf8"))
    throw malformed("filters", `filters for ${dtype}`, "vlen-utf8");
  const firstOfBytes = steps.findIndex(({ id }) => !ARRAY_FILTERS.has(id));
  const arraySteps = firstOfBytes < 0 ? steps : steps.slice(0, firstOfBytes);
  const byteSteps = steps.slice(arraySteps.length);
  const encoded = encodedType(arraySteps) ?? { dtype, byteOrder };
  const codecs = arraySteps.map(({ id, settings }) => ({ name: `numcodecs.${id}`, configuration: settings }));
  return [
    ...transposeOf(zarray["order"], rank),
    ...codecs,
    dtype === "string"
      ? { name: "vlen-utf8", configuration: {} }
      : { name: "bytes", configuration: { endian: encoded.byteOrder } },
    ...byteSteps.filter(({ id }) => id !== "vlen-utf8").map((step) => byteCodec(step, encoded.dtype)),
  ];
}

interface Step {
  readonly id: string;
  readonly settings: JsonObject;
}

function filtersOf(zarray: JsonObject): Step[] {
  const filters = zarray["filters"];
  if (filters === null || filters === undefined) return [];
  if (!isList(filters)) throw malformed("filters", "null or a list", filters);
  return filters.map((filter) => stepAt(filter, "filters"));
}

function stepAt(value: JsonValue | undefined, key: string): Step {
  const { id, ...settings } = objectAt(value, key);
  if (typeof id !== "string") throw malformed(key, 'objects with an "id"', value);
  if (OBJECT_CODECS.has(id)) throw unsupported(key, id, "vlen-utf8 for arrays of objects");
  assertNumcodec(id, settings);
  return { id, settings: withNumbers(settings) as JsonObject }; // an object maps to an object
}

function transposeOf(order: JsonValue | undefined, rank: number): CodecSpec[] {
  if (order === undefined || order === null || order === "C") return [];
  if (order !== "F") throw malformed("order", '"C" or "F"', order);
  if (rank < 2) return [];
  const reversed = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return [{ name: "transpose", configuration: { order: reversed } }];
}

/** What the last array filter makes of the elements, where it says so. */
function encodedType(steps: readonly Step[]): { dtype: DataType; byteOrder: ByteOrder } | undefined {
  const settings = steps.findLast(({ id }) => id !== "bitround")?.settings;
  const name = settings?.["astype"] ?? settings?.["encode_dtype"] ?? settings?.["dtype"];
  return typeof name === "string" && /^[<>|]/.test(name) ? parseDataTypeV2(name) : undefined;
}

function byteCodec({ id, settings }: Step, dtype: DataType): CodecSpec {
  if (ARRAY_FILTERS.has(id)) throw unsupported("filters", id, "filters of values before filters of bytes");
  switch (id) {
    case "zstd":
      return {
        name: "zstd",
        configuration: { level: settings["level"] ?? 0, checksum: settings["checksum"] ?? false },
      };
    case "gzip":
      return { name: "gzip", configuration: { level: settings["level"] ?? 1 } };
    case "blosc":
      return { name: "blosc", configuration: bloscConfiguration(settings, dtype) };
    default:
      return { name: `numcodecs.${id}`, configuration: settings };
  }
}

function bloscConfiguration(settings: JsonObject, dtype: DataType): JsonObject {
  const size = bytesPerElement(dtype) ?? 1;
  const typesize = size > BLOSC_MAX_TYPESIZE ? 1 : size;
  const stored = settings["shuffle"] ?? 1;
  const shuffle =
    stored === -1 ? BLOSC_SHUFFLES[size === 1 ? 2 : 1] : BLOSC_SHUFFLES[integerOf(stored) ?? -1];
  if (shuffle === undefined) throw malformed("compressor", "shuffle -1, 0, 1 or 2", stored);
  const { cname = "lz4", clevel = 5, blocksize = 0 } = settings;
  return { cname, clevel, shuffle, typesize, blocksize };
}

/** The codecs in the words of Zarr v2, or undefined where it has none: sharding, crc32c, a general transpose. */
export function formatCodecsV2(codecs: readonly CodecSpec[], rank: number): EncodingV2 | undefined {
  const rest = [...codecs];
  const order = takeOrder(rest, rank);
  const split = rest.findIndex(({ name }) => name === "bytes" || name === "vlen-utf8");
  const serializer = rest[split];
  if (order === undefined || serializer === undefined) return undefined;
  const arrayFilters = rest.slice(0, split).map(formatStep);
  const byteSteps = rest.slice(split + 1).map(formatStep);
  const filters: JsonObject[] = serializer.name === "vlen-utf8" ? [{ id: "vlen-utf8" }] : [];
  for (const step of arrayFilters) {
    if (step === undefined || !ARRAY_FILTERS.has(String(step["id"]))) return undefined;
    filters.push(step);
  }
  const compressor = byteSteps.length > 0 && isCompressor(byteSteps.at(-1)) ? byteSteps.pop() : undefined;
  for (const step of byteSteps) {
    if (step === undefined || ARRAY_FILTERS.has(String(step["id"]))) return undefined;
    filters.push(step);
  }
  if (rest.length > split + 1 && byteSteps.length === 0 && compressor === undefined) return undefined;
  return {
    byteOrder: declaredByteOrder(rest.slice(0, split), serializer),
    order,
    filters: filters.length > 0 ? filters : null,
    compressor: compressor ?? null,
  };
}

/** Removes a leading transpose and says it as `order`; undefined when Zarr v2 has no word for it. */
function takeOrder(codecs: CodecSpec[], rank: number): "C" | "F" | undefined {
  const first = codecs[0];
  if (first?.name !== "transpose") return "C";
  codecs.shift();
  const order = first.configuration["order"];
  if (order === "C" || order === "F") return order;
  if (!Array.isArray(order) || order.length !== rank) return undefined;
  if (order.every((axis, position) => axis === position)) return "C";
  return order.every((axis, position) => axis === rank - 1 - position) ? "F" : undefined;
}

/** An array filter may change the byte order: `dtype` then says the one that decoding gives. */
function declaredByteOrder(arrayFilters: readonly CodecSpec[], serializer: CodecSpec): ByteOrder {
  const settings = arrayFilters.find(({ name }) => name !== "numcodecs.bitround")?.configuration;
  const declared = settings?.["dtype"] ?? settings?.["decode_dtype"];
  if (typeof declared === "string" && /^[<>]/.test(declared))
    return declared.startsWith(">") ? "big" : "little";
  return serializer.configuration["endian"] === "big" ? "big" : "little";
}

function isCompressor(step: JsonObject | undefined): step is JsonObject {
  return (
    step !== undefined && !NOT_COMPRESSORS.has(String(step["id"])) && !ARRAY_FILTERS.has(String(step["id"]))
  );
}

function formatStep({ name, configuration }: CodecSpec): JsonObject | undefined {
  const settings = withIntegers(configuration) as JsonObject; // an object maps to an object
  switch (name) {
    case "zstd":
      // tensorstore knows no other key; a checksum is found by every decoder in the frame itself
      return { id: "zstd", level: settings["level"] ?? 0n };
    case "gzip":
      return { id: "gzip", level: settings["level"] ?? 1n };
    case "blosc": {
      const { shuffle: name = "noshuffle" } = settings;
      const shuffle = typeof name === "string" ? BLOSC_SHUFFLES.indexOf(name) : -1;
      const { cname = "lz4", clevel = 5n, blocksize = 0n } = settings;
      return shuffle < 0 ? undefined : { id: "blosc", cname, clevel, shuffle: BigInt(shuffle), blocksize };
    }
    default:
      return name.startsWith("numcodecs.") ? { id: name.slice("numcodecs.".length), ...settings } : undefined;
  }
}
