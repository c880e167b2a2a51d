import { GatewayError, type JsonValue } from "@zarr-gateway/primitives";

export type JsonObject = { readonly [key: string]: JsonValue };

/** numpy, and so every Python client, stops here. */
const MAX_RANK = 64;

/** What stands under a key of a metadata document is not what Zarr allows there. */
export function malformed(key: string, expected: string, got: JsonValue | undefined): GatewayError {
  return new GatewayError("upstream", `Zarr metadata "${key}": expected ${expected}, got ${show(got)}`);
}

/** Valid Zarr that this program cannot represent. */
export function unsupported(key: string, got: JsonValue | undefined, supported: string): GatewayError {
  const message = `Zarr metadata "${key}": ${show(got)} is not supported, only ${supported}`;
  return new GatewayError("unsupported", message);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function objectAt(value: JsonValue | undefined, key: string): JsonObject {
  if (!isObject(value)) throw malformed(key, "an object", value);
  return value;
}

/** The integer, also where a float without fraction stands for one. */
export function integerOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

/** Non-negative lengths, one a dimension. */
export function lengthsAt(value: JsonValue | undefined, key: string, least: 0 | 1): number[] {
  const expected = `a list of at most ${MAX_RANK} integers from ${least} to 2^53`;
  if (!isList(value) || value.length > MAX_RANK) throw malformed(key, expected, value);
  return value.map((item) => {
    const length = integerOf(item);
    if (length === undefined || length < least) throw malformed(key, expected, value);
    return length;
  });
}

/** An extension of Zarr v3: `"name"` or `{"name": …, "configuration": …}`. */
export interface NamedConfiguration {
  readonly name: string;
  readonly configuration: JsonObject;
}

export function namedConfigurationAt(value: JsonValue | undefined, key: string): NamedConfiguration {
  if (typeof value === "string") return { name: value, configuration: {} };
  if (!isObject(value) || typeof value["name"] !== "string") {
    throw malformed(key, 'a name or an object with a "name"', value);
  }
  const configuration = value["configuration"];
  if (configuration === undefined || configuration === null)
    return { name: value["name"], configuration: {} };
  return { name: value["name"], configuration: objectAt(configuration, `${key}.configuration`) };
}

/** Parsed JSON with every integer as number where it fits: what codec configurations are made of. */
export function withNumbers(value: JsonValue): JsonValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (isList(value)) return value.map(withNumbers);
  if (isObject(value)) return mapValues(value, withNumbers);
  return value;
}

/** The inverse: numbers without fraction become integers, so that they are printed without `.0`. */
export function withIntegers(value: unknown): JsonValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([name, item]) => [name, withIntegers(item)]));
  }
  return value as JsonValue; // a configuration holds nothing that JSON has no word for
}

function mapValues(value: JsonObject, map: (item: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item)]));
}

/** The value as short JSON, for messages. */
function show(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? Number(item) : item,
  );
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
