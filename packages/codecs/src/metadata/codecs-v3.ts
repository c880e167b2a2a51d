import { byteOrderUnit, type CodecSpec, type DataType } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import {
  isList,
  isObject,
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
const TO_BYTES = new Set(["bytes", "vlen-utf8", "sharding_indexed"]);

/** `codecs` of Zarr v3 in one form: always an object, integers as numbers, also inside of shards. */
export function parseCodecsV3(value: JsonValue | undefined): CodecSpec[] {
  if (!isList(value) || value.length === 0) throw malformed("codecs", "a list of at least one codec", value);
  return value.map((item) => {
    const { name, configuration } = namedConfigurationAt(item, "codecs");
    const settings = withNumbers(configuration) as JsonObject; // an object maps to an object
    if (name !== "sharding_indexed") return { name, configuration: settings };
    return {
      name,
      configuration: {
        ...settings,
        codecs: parseCodecsV3(configuration["codecs"]),
        index_codecs: parseCodecsV3(configuration["index_codecs"]),
      },
    };
  });
}

export function formatCodecsV3(codecs: readonly CodecSpec[], dtype: DataType): JsonObject[] {
  return codecs.map(({ name, configuration }) => {
    if (name === "bytes") return formatBytes(configuration, dtype);
    if (name === "sharding_indexed") return { name, configuration: formatSharding(configuration, dtype) };
    const settings = withIntegers(configuration);
    const isBare = isObject(settings) && Object.keys(settings).length === 0 && name !== "vlen-utf8";
    return isBare ? { name } : { name, configuration: settings };
  });
}

function formatBytes(configuration: CodecSpec["configuration"], dtype: DataType): JsonObject {
  if (byteOrderUnit(dtype) === 1) return { name: "bytes" };
  return { name: "bytes", configuration: { endian: configuration["endian"] === "big" ? "big" : "little" } };
}

function formatSharding(configuration: CodecSpec["configuration"], dtype: DataType): JsonObject {
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
    codecs.every(({ name, configuration }) => name !== "sharding_indexed" || isPortableShard(configuration))
  );
}

function isPortableShard(configuration: CodecSpec["configuration"]): boolean {
  return (
    arePortableV3(nestedCodecs(configuration["codecs"])) &&
    arePortableV3(nestedCodecs(configuration["index_codecs"]))
  );
}

function nestedCodecs(value: unknown): readonly CodecSpec[] {
  return Array.isArray(value) ? (value as CodecSpec[]) : []; // made by parseCodecsV3, or by a source in the same form
}
