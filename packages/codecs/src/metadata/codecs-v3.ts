import { byteOrderUnit, type CodecSpec, type DataType } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import {
  type CodecInput,
  completeCodecsV3,
  isBloscName,
  isBloscShuffle,
  isOrdered,
  kindOfCodecV3,
} from "./codec-forms-v3.ts";
import {
  isList,
  type JsonObject,
  malformed,
  namedConfigurationAt,
  withIntegers,
  withNumbers,
} from "./json-field.ts";

/**
 * Codecs that every current reader of Zarr v3 has (zarr-python, tensorstore, zarrita, GDAL, zarrs). Others are not
 * published: zarr-python warns about `numcodecs.*`, the rest refuse the array.
 */
const PORTABLE = new Set([
  "bytes",
  "transpose",
  "gzip",
  "zstd",
  "blosc",
  "crc32c",
  "sharding_indexed",
  "vlen-utf8",
]);
type Settings = CodecSpec["configuration"];

const TO_BYTES = new Set(["bytes", "vlen-utf8", "sharding_indexed"]);

/**
 * `codecs` of Zarr v3 in one form: always an object with a complete configuration, integers as numbers, also inside of
 * shards. Codecs that are not of the core specification keep their configuration.
 * @throws GatewayError upstream for what no reader could follow, unsupported for keys that nobody knows
 */
export function parseCodecsV3(value: JsonValue | undefined, input: CodecInput): CodecSpec[] {
  return completeCodecsV3(namedCodecs(value), input);
}

function namedCodecs(value: JsonValue | undefined): CodecSpec[] {
  if (!isList(value) || value.length === 0) throw malformed("codecs", "a list of at least one codec", value);
  return value.map((item) => {
    const { name, configuration } = namedConfigurationAt(item, "codecs");
    const settings = withNumbers(configuration) as JsonObject; // an object maps to an object
    if (name !== "sharding_indexed") return { name, configuration: settings };
    return {
      name,
      configuration: {
        ...settings,
        codecs: namedCodecs(configuration["codecs"]),
        index_codecs: namedCodecs(configuration["index_codecs"]),
      },
    };
  });
}

/** Without a configuration zarr-python knows `bytes` and `crc32c` alone. */
export function formatCodecsV3(codecs: readonly CodecSpec[], dtype: DataType): JsonObject[] {
  return codecs.map(({ name, configuration }) => {
    switch (name) {
      case "bytes":
        return formatBytes(configuration, dtype);
      case "crc32c":
        return { name };
      case "sharding_indexed":
        return { name, configuration: formatSharding(configuration, dtype) };
      default:
        return { name, configuration: withIntegers(withinLimits(name, configuration)) };
    }
  });
}

/** Zarr v2 takes levels that zarr-python refuses in v3; nobody needs them for reading. */
function withinLimits(name: string, configuration: Settings): Settings {
  switch (name) {
    case "gzip":
      return { level: limited(configuration["level"], { min: 0, max: 9, otherwise: 6 }) };
    case "zstd": {
      const level = limited(configuration["level"], { min: -131072, max: 22, otherwise: 0 });
      return { level, checksum: configuration["checksum"] === true };
    }
    case "blosc": {
      const clevel = limited(configuration["clevel"], { min: 0, max: 9, otherwise: 5 });
      const blocksize = limited(configuration["blocksize"], { min: 0, max: 0x7fffffff, otherwise: 0 });
      const { cname, shuffle, typesize } = configuration;
      return { cname, clevel, shuffle, typesize, blocksize };
    }
    default:
      return configuration;
  }
}

/** -1 is zlib's word for its default. */
function limited(
  value: unknown,
  { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  if (typeof value !== "number" || !Number.isInteger(value) || (value === -1 && min === 0)) return otherwise;
  return Math.min(Math.max(value, min), max);
}

function formatBytes(configuration: Settings, dtype: DataType): JsonObject {
  if (byteOrderUnit(dtype) === 1) return { name: "bytes" };
  return { name: "bytes", configuration: { endian: configuration["endian"] === "big" ? "big" : "little" } };
}

function formatSharding(configuration: Settings, dtype: DataType): JsonObject {
  const settings = withIntegers(configuration) as JsonObject; // an object maps to an object
  return {
    ...settings,
    codecs: formatCodecsV3(nestedCodecs(configuration["codecs"]), dtype),
    index_codecs: formatCodecsV3(nestedCodecs(configuration["index_codecs"]), "uint64"),
  };
}

/** True where readers of Zarr v3 know all codecs and their order is the one that the specification asks for. */
export function arePortableV3(codecs: readonly CodecSpec[]): boolean {
  const serializer = codecs.findIndex(({ name }) => TO_BYTES.has(name));
  return (
    serializer >= 0 &&
    codecs.slice(0, serializer).every(({ name }) => name === "transpose") &&
    codecs
      .slice(serializer + 1)
      .every(({ name }) => PORTABLE.has(name) && !TO_BYTES.has(name) && name !== "transpose") &&
    codecs.every(hasPortableSettings)
  );
}

/** True where zarr-python opens an array of these codecs, maybe with a warning that others may not. */
export function areKnownToZarrPythonV3(codecs: readonly CodecSpec[]): boolean {
  const kinds = codecs.map(({ name }) => kindOfCodecV3(name));
  return isOrdered(kinds) && !kinds.includes(undefined) && codecs.every(hasKnownSettings);
}

function hasKnownSettings({ name, configuration }: CodecSpec): boolean {
  return name === "sharding_indexed"
    ? areKnownToZarrPythonV3(nestedCodecs(configuration["codecs"])) &&
        arePortableV3(nestedCodecs(configuration["index_codecs"]))
    : hasPortableSettings({ name, configuration });
}

/** zarr-python refuses a Blosc whose compressor it does not know, although no reader needs the name. */
function hasPortableSettings({ name, configuration }: CodecSpec): boolean {
  if (name === "sharding_indexed") return isPortableShard(configuration);
  if (name !== "blosc") return true;
  const { cname, shuffle, typesize } = configuration;
  return isBloscName(cname) && isBloscShuffle(shuffle) && Number.isInteger(typesize) && Number(typesize) >= 1;
}

function isPortableShard(configuration: Settings): boolean {
  return (
    arePortableV3(nestedCodecs(configuration["codecs"])) &&
    arePortableV3(nestedCodecs(configuration["index_codecs"]))
  );
}

function nestedCodecs(value: unknown): readonly CodecSpec[] {
  return Array.isArray(value) ? (value as CodecSpec[]) : []; // made by namedCodecs, or by a source in the same form
}
