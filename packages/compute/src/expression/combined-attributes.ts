import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";
import type { Syntax } from "./syntax.ts";

/** Attributes that say how numbers are stored; what is computed from them is stored anew. */
const STORAGE = new Set([
  "_FillValue",
  "missing_value",
  "scale_factor",
  "add_offset",
  "_Unsigned",
  "coordinates",
]);

/** What all of them say alike, or only some of them: xarray's `combine_attrs="drop_conflicts"`. */
export function combinedAttributes(all: readonly Attributes[]): Attributes {
  const result = new Map<string, AttributeValue>();
  const conflicting = new Set<string>();
  for (const attrs of all) {
    for (const [key, value] of Object.entries(attrs)) {
      if (STORAGE.has(key) || conflicting.has(key)) continue;
      const known = result.get(key);
      if (known === undefined || isEqual(known, value)) result.set(key, known ?? value);
      else {
        result.delete(key);
        conflicting.add(key);
      }
    }
  }
  return Object.fromEntries(result);
}

/** Floats may be missing, and say so. */
export function floatAttributes(attrs: Attributes, dtype: string): Attributes {
  return dtype.startsWith("float") ? { ...attrs, _FillValue: Number.NaN } : attrs;
}

/**
 * Attributes of a formula's result as xarray keeps them: operators keep what both sides say alike, functions of several
 * values those of the first, `where` those of its second; undefined for a number.
 */
export function formulaAttributes(
  syntax: Syntax,
  attributesOf: (name: string) => Attributes | undefined,
): Attributes | undefined {
  if (syntax.kind === "number") return undefined;
  if (syntax.kind === "name") {
    const attrs = attributesOf(syntax.name);
    return attrs && combinedAttributes([attrs]);
  }
  const { name, inputs } = syntax;
  const all = inputs.map((input) => formulaAttributes(input, attributesOf));
  const known = all.filter((attrs) => attrs !== undefined);
  if (known.length === 0) return undefined;
  if (name === "where") return all[1] ?? {};
  const isFunction = name === "minimum" || name === "maximum" || name === "atan2";
  return isFunction ? known[0] : combinedAttributes(known);
}

/** NaN equals itself; 1 is not 1.0 in a file, but is for xarray. */
export function isEqual(left: AttributeValue, right: AttributeValue): boolean {
  const comparable = (value: AttributeValue): string =>
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === "bigint" || typeof item === "number" ? `number ${Number(item)}` : item,
    );
  return comparable(left) === comparable(right);
}
