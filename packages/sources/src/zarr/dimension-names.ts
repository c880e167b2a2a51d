import type { JsonValue } from "@zarr-gateway/primitives";
import type { ZarrArrayNode } from "./hierarchy.ts";
import { isJsonObject, type JsonObject } from "./read-document.ts";

const DIMENSIONS = "_ARRAY_DIMENSIONS";

/**
 * Names of the dimensions of a Zarr v2 array: xarray's `_ARRAY_DIMENSIONS`, or the full names (`/group/lat`) that
 * NetCDF-C keeps in `_NCZARR_ARRAY` of `.zarray`, in `_nczarr_array` of `.zattrs`, or in `.nczarray`.
 * Undefined where nobody has named them.
 */
export function dimensionNamesV2({ document, attrs, nczarr }: ZarrArrayNode): readonly string[] | undefined {
  const named = namesIn(attrs[DIMENSIONS]);
  if (named) return named;
  const holders = [
    document["_NCZARR_ARRAY"],
    document["_nczarr_array"],
    attrs["_NCZARR_ARRAY"],
    attrs["_nczarr_array"],
  ];
  for (const holder of [...holders, nczarr]) {
    if (!isJsonObject(holder)) continue;
    const references = namesIn(holder["dimrefs"]) ?? namesIn(holder["dimension_references"]);
    if (references) return references.map((name) => name.slice(name.lastIndexOf("/") + 1));
  }
  return undefined;
}

/** Without what Zarr v2 and NetCDF-C keep among the attributes for themselves; xarray hides the same names. */
export function attributesV2(attrs: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(attrs).filter(([name]) => name !== DIMENSIONS && !name.toLowerCase().startsWith("_nc")),
  );
}

function namesIn(value: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name): name is string => typeof name === "string")
    ? value
    : undefined;
}
