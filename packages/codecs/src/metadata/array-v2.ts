import { type ArrayEncoding, type Attributes, elementCount } from "@zarr-gateway/dataset";
import { GatewayError, type JsonValue } from "@zarr-gateway/primitives";
import { type ArrayDescription, type ArrayMetadata, attributesAt } from "./array-metadata.ts";
import { formatCodecsV2, hasTextFilter, parseCodecsV2 } from "./codecs-v2.ts";
import { formatDataTypeV2, parseDataTypeV2 } from "./data-type-names.ts";
import { attributesFromV2, planFillV2 } from "./fill-attribute.ts";
import { formatFillValue, parseFillValue } from "./fill-value.ts";
import {
  integerOf,
  isList,
  isObject,
  type JsonObject,
  lengthsAt,
  malformed,
  objectAt,
  unsupported,
} from "./json-field.ts";
import { numcodecNamed } from "./numcodecs.ts";

const DIMENSIONS_ATTRIBUTE = "_ARRAY_DIMENSIONS";

/**
 * The `.zarray` and `.zattrs` of an array; dimensions are xarray's `_ARRAY_DIMENSIONS` or NCZarr's `dimrefs`.
 * @param json as `parseJson` gives it, integers as bigint
 * @throws GatewayError unsupported for valid metadata that cannot be represented, upstream for invalid metadata;
 *   the message names the key, what came and what is allowed
 */
export function parseArrayV2(json: JsonValue, attributes?: JsonValue): ArrayMetadata {
  const zarray = objectAt(json, ".zarray");
  if (integerOf(zarray["zarr_format"]) !== 2) throw malformed("zarr_format", "2", zarray["zarr_format"]);
  const shape = lengthsAt(zarray["shape"], "shape", 0);
  const { dtype, byteOrder } = parseDataTypeV2(zarray["dtype"]);
  if (dtype === "string" && !hasTextFilter(zarray)) {
    throw unsupported("dtype", zarray["dtype"], "objects that are text, with the filter vlen-utf8");
  }
  const fillJson = zarray["fill_value"] ?? null;
  const fill = fillJson === null ? null : parseFillValue(fillJson, dtype);
  const { [DIMENSIONS_ATTRIBUTE]: dims, ...attrs } = attributesAt(attributes);
  return {
    encoding: {
      dtype,
      grid: { shape, chunkShape: parseChunkShape(zarray["chunks"], shape) },
      fill,
      codecs: parseCodecsV2(zarray, dtype, byteOrder, shape.length),
    },
    dims: parseDimensions(dims, zarray, shape.length),
    attrs: attributesFromV2(attrs, fill, dtype),
    chunkKeys: { name: "v2", separator: parseSeparator(zarray["dimension_separator"]) },
  };
}

/** Writers have given chunks of length 0 to arrays without elements; such an array has no chunk of any length. */
function parseChunkShape(value: JsonValue | undefined, shape: readonly number[]): number[] {
  const isEmpty = elementCount(shape) === 0;
  const chunks = lengthsAt(value, "chunks", isEmpty ? 0 : 1);
  if (chunks.length !== shape.length)
    throw malformed("chunks", `${shape.length} lengths, as in "shape"`, value);
  return chunks.map((length) => Math.max(1, length));
}

function parseSeparator(value: JsonValue | undefined): "/" | "." {
  if (value === undefined || value === null) return ".";
  if (value !== "/" && value !== ".") throw malformed("dimension_separator", '"/" or "."', value);
  return value;
}

/** Names that do not fit the array are as good as none: xarray refuses them, other readers do not look at them. */
function parseDimensions(value: JsonValue | undefined, zarray: JsonObject, rank: number): (string | null)[] {
  const nczarr = zarray["_NCZARR_ARRAY"];
  const references =
    isObject(nczarr) && isList(nczarr["dimrefs"]) ? nczarr["dimrefs"].map(lastPart) : undefined;
  const names = isList(value) ? value : references;
  if (names?.length !== rank || names.some((name) => typeof name !== "string")) {
    return new Array<null>(rank).fill(null);
  }
  return names as string[]; // checked one line above
}

function lastPart(value: JsonValue): JsonValue {
  return typeof value === "string" ? value.slice(value.lastIndexOf("/") + 1) : value;
}

/** True where Zarr v2 has words for this encoding. */
export function canFormatV2(encoding: ArrayEncoding): boolean {
  const hasText = encoding.codecs.some(({ name }) => name === "vlen-utf8");
  const codecs = formatCodecsV2(encoding.codecs, encoding.grid.shape.length);
  return codecs !== undefined && hasText === (encoding.dtype === "string");
}

/**
 * Who can open an array of this encoding, of those who read Zarr v2 in Python: `every` has numcodecs, `some` a further
 * package too, `none` a package that is not known here.
 */
export function readersOfV2({ codecs }: ArrayEncoding): "every" | "some" | "none" {
  const foreign = codecs.filter(({ name }) => name.startsWith("numcodecs."));
  const known = foreign.map(({ name }) => numcodecNamed(name));
  if (known.includes(undefined)) return "none";
  return known.every((codec) => codec?.isBuiltIn) ? "every" : "some";
}

/** True where Zarr v2 needs `filters` for this encoding, which tensorstore and GDAL do not read. */
export function needsFiltersV2(encoding: ArrayEncoding): boolean {
  const filters = formatCodecsV2(encoding.codecs, encoding.grid.shape.length)?.filters ?? [];
  return filters.some(({ id }) => id !== "vlen-utf8");
}

/**
 * The documents of an array as xarray writes them for the same content, chunk keys `0.1`. What `fill_value` becomes,
 * and whether missing chunks must then be served, says `planFillV2`.
 * @throws GatewayError unsupported where `canFormatV2` is false
 */
export function formatArrayV2({ encoding, dims, attrs }: ArrayDescription): {
  zarray: JsonObject;
  zattrs: JsonObject;
} {
  const { dtype, grid } = encoding;
  const codecs = canFormatV2(encoding) ? formatCodecsV2(encoding.codecs, grid.shape.length) : undefined;
  if (codecs === undefined) {
    const names = encoding.codecs.map(({ name }) => name).join(", ");
    throw new GatewayError("unsupported", `the codecs ${names} cannot be published as Zarr v2`);
  }
  const plan = planFillV2(dtype, encoding.fill, attrs);
  return {
    zarray: {
      zarr_format: 2n,
      shape: grid.shape.map(BigInt),
      chunks: grid.chunkShape.map(BigInt),
      dtype: formatDataTypeV2(dtype, codecs.byteOrder),
      fill_value: formatFillValue(plan.fillValue, dtype),
      order: codecs.order,
      filters: codecs.filters,
      dimension_separator: ".",
      compressor: codecs.compressor,
    },
    zattrs: withDimensions(plan.attrs, dims),
  };
}

function withDimensions(attrs: Attributes, dims: readonly (string | null)[]): JsonObject {
  return dims.every((name) => name !== null) ? { ...attrs, [DIMENSIONS_ATTRIBUTE]: dims } : attrs;
}
