import type { ArrayEncoding } from "@zarr-gateway/dataset";
import { GatewayError, type JsonValue } from "@zarr-gateway/primitives";
import { type ArrayDescription, type ArrayMetadata, attributesAt } from "./array-metadata.ts";
import type { ChunkKeyEncoding } from "./chunk-key.ts";
import { areKnownToZarrPythonV3, arePortableV3, formatCodecsV3, parseCodecsV3 } from "./codecs-v3.ts";
import { formatDataTypeV3, parseDataTypeV3 } from "./data-type-names.ts";
import { attributesForV3, attributesFromV3 } from "./fill-attribute.ts";
import { defaultFillValue, formatFillValue, parseFillValue } from "./fill-value.ts";
import {
  integerOf,
  isList,
  isObject,
  type JsonObject,
  lengthsAt,
  malformed,
  namedConfigurationAt,
  objectAt,
  unsupported,
} from "./json-field.ts";

const KNOWN_KEYS = new Set([
  "zarr_format",
  "node_type",
  "shape",
  "data_type",
  "chunk_grid",
  "chunk_key_encoding",
  "fill_value",
  "codecs",
  "attributes",
  "dimension_names",
  "storage_transformers",
]);

/**
 * The `zarr.json` of an array.
 * @param json as `parseJson` gives it, integers as bigint
 * @throws GatewayError unsupported for valid metadata that cannot be represented, upstream for invalid metadata;
 *   the message names the key, what came and what is allowed
 */
export function parseArrayV3(json: JsonValue): ArrayMetadata {
  const document = objectAt(json, "zarr.json");
  if (integerOf(document["zarr_format"]) !== 3) throw malformed("zarr_format", "3", document["zarr_format"]);
  if (document["node_type"] !== "array") throw malformed("node_type", '"array"', document["node_type"]);
  refuseExtensions(document);
  const shape = lengthsAt(document["shape"], "shape", 0);
  const dtype = parseDataTypeV3(document["data_type"]);
  const chunkShape = parseChunkGrid(document["chunk_grid"], shape);
  return {
    encoding: {
      dtype,
      grid: { shape, chunkShape },
      fill: parseFillValue(document["fill_value"], dtype),
      codecs: parseCodecsV3(document["codecs"], { dtype, shape: chunkShape }),
    },
    dims: parseDimensionNames(document["dimension_names"], shape.length),
    attrs: attributesFromV3(attributesAt(document["attributes"]), dtype),
    chunkKeys: parseChunkKeyEncoding(document["chunk_key_encoding"]),
  };
}

/** Zarr v3 §extension points: what is not known stops a reader, unless it says that it need not be understood. */
function refuseExtensions(document: JsonObject): void {
  for (const [key, value] of Object.entries(document)) {
    if (KNOWN_KEYS.has(key)) continue;
    if (isObject(value) && value["must_understand"] === false) continue;
    throw unsupported(key, value, "keys of the core specification and those with must_understand false");
  }
  const transformers = document["storage_transformers"];
  if (transformers === undefined || (isList(transformers) && transformers.length === 0)) return;
  throw unsupported("storage_transformers", transformers, "arrays without storage transformers");
}

function parseChunkGrid(value: JsonValue | undefined, shape: readonly number[]): number[] {
  const { name, configuration } = namedConfigurationAt(value, "chunk_grid");
  if (name !== "regular") throw unsupported("chunk_grid", value, "regular grids");
  const chunkShape = lengthsAt(configuration["chunk_shape"], "chunk_grid.chunk_shape", 1);
  if (chunkShape.length !== shape.length) {
    throw malformed(
      "chunk_grid.chunk_shape",
      `${shape.length} lengths, as in "shape"`,
      configuration["chunk_shape"],
    );
  }
  return chunkShape;
}

function parseDimensionNames(value: JsonValue | undefined, rank: number): (string | null)[] {
  if (value === undefined || value === null) return new Array<null>(rank).fill(null);
  const names = isList(value) ? value : [];
  if (
    !isList(value) ||
    value.length !== rank ||
    names.some((name) => name !== null && typeof name !== "string")
  ) {
    throw malformed("dimension_names", `${rank} names or nulls`, value);
  }
  return names as (string | null)[]; // checked one line above
}

function parseChunkKeyEncoding(value: JsonValue | undefined): ChunkKeyEncoding {
  const { name, configuration } = namedConfigurationAt(value, "chunk_key_encoding");
  if (name !== "default" && name !== "v2")
    throw unsupported("chunk_key_encoding", value, '"default" and "v2"');
  const separator = configuration["separator"] ?? (name === "default" ? "/" : ".");
  if (separator !== "/" && separator !== ".") {
    throw malformed("chunk_key_encoding.separator", '"/" or "."', separator);
  }
  return { name, separator };
}

/** True where every current reader of Zarr v3 can open an array of this encoding. */
export function canFormatV3(encoding: ArrayEncoding): boolean {
  const hasText = encoding.codecs.some(({ name }) => name === "vlen-utf8");
  const hasShards = encoding.codecs.some(({ name }) => name === "sharding_indexed");
  return arePortableV3(encoding.codecs) && (hasShards || hasText === (encoding.dtype === "string"));
}

/** True where zarr-python opens an array of this encoding; others may not. */
export function canPassV3({ codecs }: ArrayEncoding): boolean {
  return areKnownToZarrPythonV3(codecs);
}

/**
 * The `zarr.json` of an array as xarray writes it for the same content, chunk keys `c/0/1`.
 * @throws GatewayError unsupported where neither `canFormatV3` nor `canPassV3` is true
 */
export function formatArrayV3({ encoding, dims, attrs }: ArrayDescription): JsonObject {
  if (!canFormatV3(encoding) && !canPassV3(encoding)) {
    const names = encoding.codecs.map(({ name }) => name).join(", ");
    throw new GatewayError("unsupported", `the codecs ${names} cannot be published as Zarr v3`);
  }
  const { dtype, grid, fill, codecs } = encoding;
  return {
    zarr_format: 3n,
    node_type: "array",
    shape: grid.shape.map(BigInt),
    data_type: formatDataTypeV3(dtype),
    chunk_grid: { name: "regular", configuration: { chunk_shape: grid.chunkShape.map(BigInt) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: formatFillValue(fill ?? defaultFillValue(dtype), dtype),
    codecs: formatCodecsV3(codecs, dtype),
    attributes: attributesForV3(attrs, dtype),
    ...(dims.some((name) => name !== null) ? { dimension_names: dims } : {}),
    storage_transformers: [],
  };
}
