/** JSON after parsing, with integers (bigint) and floating-point numbers (number) told apart. */
export type JsonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** V8 hands the reviver the source text of each primitive (ECMAScript "JSON.parse source text access"). */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => JsonValue; // the standard library's type lacks the third parameter
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON; // ES2025 member that the library's type lacks

const INTEGER = /^-?\d+$/;
const STRING_OR_CONSTANT = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
const CONSTANTS: Readonly<Record<string, number>> = {
  "\u0000NaN": Number.NaN,
  "\u0000Infinity": Number.POSITIVE_INFINITY,
  "\u0000-Infinity": Number.NEGATIVE_INFINITY,
};

/**
 * Parses JSON, also with the bare `NaN`, `Infinity` and `-Infinity` that Python writes.
 * Integers become bigint, numbers with a fraction or exponent number.
 * @throws SyntaxError where the text is not JSON
 */
export function parseJson(text: string): JsonValue {
  let hasConstants = false;
  const standard = /NaN|Infinity/.test(text)
    ? text.replace(STRING_OR_CONSTANT, (token) => {
        if (token.startsWith('"')) return token;
        hasConstants = true;
        return JSON.stringify(`\u0000${token}`);
      })
    : text;
  return parseWithSource(standard, (_key, value, context) => {
    if (typeof value === "number")
      return INTEGER.test(context.source ?? "") ? BigInt(context.source ?? 0) : value;
    return hasConstants && typeof value === "string" ? (CONSTANTS[value] ?? value) : value;
  });
}

/** Compact JSON of a parsed value: integers stay integers, 1.0 stays 1.0. */
export function formatJson(value: JsonValue, indent?: number): string {
  return JSON.stringify(encodeAttributes(value), undefined, indent);
}

/**
 * The same value in a form that JSON.stringify writes so that every client reads the type back:
 * bigint as integer literal, an integral number as `1.0`, NaN as null (xarray takes both for missing),
 * infinities as Zarr's strings.
 */
export function encodeAttributes(value: JsonValue): unknown {
  switch (typeof value) {
    case "bigint":
      return rawJson(value.toString());
    case "number":
      return encodeNumber(value);
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item: JsonValue) => encodeAttributes(item));
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeAttributes(item)]));
    default:
      return value;
  }
}

function encodeNumber(value: number): unknown {
  if (Number.isNaN(value)) return null;
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (!Number.isInteger(value)) return value;
  const text = Object.is(value, -0) ? "-0" : String(value);
  return rawJson(/[.e]/.test(text) ? text : `${text}.0`);
}
