import type { CodecKind } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { type JsonObject, malformed, unsupported } from "./json-field.ts";

/** A codec of the Python package numcodecs: in Zarr v2 by its id, in v3 as `numcodecs.<id>`. */
export interface Numcodec {
  /** In v3. In v2 all but filters of values stand behind the codec `bytes`. */
  readonly kind: CodecKind;
  /** Keys without which zarr-python does not open the array, and with it the whole store. */
  readonly required: readonly string[];
  /** Any other key has the same effect; undefined where versions differ in their keys. */
  readonly optional: readonly string[] | undefined;
  /** Part of every installation; others need a further package. */
  readonly isBuiltIn: boolean;
}

function filter(required: readonly string[], optional: readonly string[]): Numcodec {
  return { kind: "array-to-array", required, optional, isBuiltIn: true };
}

function bytes(...optional: readonly string[]): Numcodec {
  return { kind: "bytes-to-bytes", required: [], optional, isBuiltIn: true };
}

const FURTHER: Numcodec = { kind: "array-to-bytes", required: [], optional: undefined, isBuiltIn: false };

/** What zarr-python knows in both versions of the format, by numcodecs' ids. */
export const NUMCODECS: ReadonlyMap<string, Numcodec> = new Map<string, Numcodec>([
  ["delta", filter(["dtype"], ["astype"])],
  ["fixedscaleoffset", filter(["offset", "scale", "dtype"], ["astype"])],
  ["quantize", filter(["digits", "dtype"], ["astype"])],
  ["bitround", filter(["keepbits"], [])],
  ["packbits", filter([], [])],
  ["astype", filter(["encode_dtype", "decode_dtype"], [])],
  ["blosc", bytes("cname", "clevel", "shuffle", "blocksize", "typesize")],
  ["zstd", bytes("level", "checksum")],
  ["gzip", bytes("level")],
  ["zlib", bytes("level")],
  ["bz2", bytes("level")],
  ["lzma", bytes("format", "check", "preset", "filters")],
  ["lz4", bytes("acceleration")],
  ["shuffle", bytes("elementsize")],
  ["crc32", bytes("location")],
  ["crc32c", bytes("location")],
  ["adler32", bytes("location")],
  ["fletcher32", bytes()],
  ["jenkins_lookup3", bytes("initval", "prefix")],
  ["zfpy", FURTHER],
  ["pcodec", FURTHER],
]);

/** By the name that codecs have in this program. */
export function numcodecNamed(name: string): Numcodec | undefined {
  return name.startsWith("numcodecs.") ? NUMCODECS.get(name.slice("numcodecs.".length)) : undefined;
}

const TYPE_KEYS = ["dtype", "astype", "encode_dtype", "decode_dtype"];

/**
 * Refuses what numcodecs' constructors refuse; codecs that are not built in have constructors of their own.
 * @throws GatewayError upstream, unsupported for keys that nobody knows
 */
export function assertNumcodec(id: string, settings: JsonObject): void {
  const codec = NUMCODECS.get(id);
  if (!codec?.optional) return;
  const { required, optional } = codec;
  const missing = required.find((key) => settings[key] === undefined || settings[key] === null);
  if (missing !== undefined) throw malformed(`${id}.${missing}`, "a value", settings[missing]);
  const unknown = Object.keys(settings).find((key) => !required.includes(key) && !optional.includes(key));
  if (unknown !== undefined) {
    throw unsupported(id, unknown, [...required, ...optional].join(", ") || "no configuration");
  }
  assertValues(id, settings);
}

function assertValues(id: string, settings: JsonObject): void {
  const reader = readConfiguration(`numcodecs.${id}`, settings);
  for (const key of TYPE_KEYS) if (settings[key] != null) reader.dtype(key);
  if (id === "quantize" && !reader.dtype("dtype").startsWith("float"))
    reader.fail("dtype", "a type of floats");
  if (id === "shuffle") reader.integer("elementsize", { min: 0, max: 0xffffffff, default: 4 });
  if (id === "bitround") reader.integer("keepbits", { min: 0, max: 64 });
  const { location } = settings;
  if (location != null && location !== "start" && location !== "end")
    reader.fail("location", '"start" or "end"');
}
