import { formatIsoDuration, formatIsoTime, parseIsoTime } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";
import { z } from "zod";

/** JSON Schema as an object, as clients are given it. */
export type JsonSchema = { readonly [keyword: string]: unknown };
type Draft = Record<string, unknown>;

/**
 * Parameters of a workflow as JSON Schema 2020-12 in the spelling of pydantic: a bare object with titles, no further
 * properties, what may be left out is `T` or null with the default null.
 * @throws Error naming the parameter whose type JSON Schema cannot say
 */
export function parameterSchema(workflow: string, parameters: z.ZodObject): JsonSchema {
  const object = asPydantic(rawSchema(parameters));
  delete object["$schema"];
  return sorted({ ...object, title: `${className(workflow)}Parameters` });
}

function rawSchema(parameters: z.ZodObject): Draft {
  try {
    return zodSchema(parameters);
  } catch (error) {
    const shape = parameters.shape as Readonly<Record<string, z.core.$ZodType>>; // by name
    for (const [name, schema] of Object.entries(shape)) assertSayable(name, schema);
    throw error;
  }
}

function assertSayable(name: string, schema: z.core.$ZodType): void {
  try {
    zodSchema(schema);
  } catch (error) {
    throw new Error(`parameters.${name}: ${messageOf(error)}`, { cause: error });
  }
}

function zodSchema(parameters: z.core.$ZodType): Draft {
  return z.toJSONSchema(parameters, {
    io: "input",
    unrepresentable: "throw",
    // what is made of a request by `transform` hides the default that stands behind it
    override: ({ zodSchema: made, jsonSchema }) => {
      const { def } = made._zod;
      if (def.type === "default" && jsonSchema.default === undefined)
        jsonSchema.default = writtenDefault(def.defaultValue, jsonSchema);
    },
  });
}

/** `deterministic_earth2_workflow` → `DeterministicEarth2Workflow`. */
export function className(workflow: string): string {
  return workflow
    .split(/[_-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** As Python's `str.title` makes it: `num_steps` → `Num Steps`. */
export function propertyTitle(name: string): string {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words.replaceAll(
    /(^|[^a-z])([a-z])/g,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

function asPydantic(schema: Draft): Draft {
  const { properties, ...rest } = withoutNoise(schema);
  const result = mapChildren(rest);
  if (properties === undefined) return result;
  const required = new Set(Array.isArray(rest["required"]) ? rest["required"] : []);
  result["properties"] = Object.fromEntries(
    Object.entries(properties as Record<string, Draft>).map(([name, property]) => [
      name,
      propertyOf(name, asPydantic(property), required.has(name)),
    ]),
  );
  result["additionalProperties"] = false;
  return result;
}

function propertyOf(name: string, schema: Draft, isRequired: boolean): Draft {
  const isOptional = !isRequired && schema["default"] === undefined;
  const { description, default: given, ...type } = schema;
  const described = { ...(description !== undefined && { description }), title: propertyTitle(name) };
  if (!isOptional) return { ...schema, ...described };
  const alternatives = Array.isArray(type["anyOf"]) ? (type["anyOf"] as Draft[]) : [type];
  const hasNull = alternatives.some((alternative) => alternative["type"] === "null");
  return {
    anyOf: hasNull ? alternatives : [...alternatives, { type: "null" }],
    default: given ?? null,
    ...described,
  };
}

/** Bounds of safe integers, patterns that a format says already, one-value enums, lists of types. */
function withoutNoise(schema: Draft): Draft {
  const result = { ...schema };
  if (result["minimum"] === Number.MIN_SAFE_INTEGER) delete result["minimum"];
  if (result["maximum"] === Number.MAX_SAFE_INTEGER) delete result["maximum"];
  if (result["format"] !== undefined) delete result["pattern"];
  if (result["format"] === "duration") result["type"] = "string";
  const { enum: values, type } = result;
  if (Array.isArray(values) && values.length === 1) {
    result["const"] = values[0];
    delete result["enum"];
  }
  if (Array.isArray(type)) {
    delete result["type"];
    const { default: given, description, ...rest } = result;
    const anyOf = type.map((one) => (one === "null" ? { type: "null" } : { ...rest, type: one as string }));
    return {
      anyOf,
      ...(given !== undefined && { default: given }),
      ...(description !== undefined && { description }),
    };
  }
  return result;
}

const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];
const SINGLE = ["items", "additionalProperties"];

function mapChildren(schema: Draft): Draft {
  const result = { ...schema };
  delete result["propertyNames"];
  for (const key of LISTS)
    if (Array.isArray(result[key])) result[key] = (result[key] as Draft[]).map((child) => asPydantic(child));
  for (const key of SINGLE)
    if (typeof result[key] === "object" && result[key] !== null)
      result[key] = asPydantic(result[key] as Draft);
  return result;
}

/** A default as a request would say it. */
function writtenDefault(value: unknown, schema: Draft): unknown {
  const made = typeof value === "function" ? (value as () => unknown)() : value;
  if (made instanceof Date) return formatIsoTime(made);
  if (Array.isArray(made)) {
    const items = (schema["items"] ?? {}) as Draft; // a child schema
    return made.map((item) => writtenDefault(item, items));
  }
  if (schema["format"] === "duration" && typeof made === "number") return formatIsoDuration(made);
  if (schema["format"] === "date-time" && typeof made === "string") {
    const time = parseIsoTime(made);
    return time === undefined ? made : formatIsoTime(time);
  }
  return made;
}

/** Keywords in the order of the alphabet, as pydantic has them; properties stay in theirs. */
function sorted(schema: Draft): Draft {
  const entries = Object.entries(schema).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, sortedValue(key, value)]));
}

function sortedValue(key: string, value: unknown): unknown {
  if (key === "properties")
    return Object.fromEntries(
      Object.entries(value as Record<string, Draft>).map(([name, child]) => [name, sorted(child)]),
    );
  if (LISTS.includes(key)) return (value as Draft[]).map(sorted);
  if (SINGLE.includes(key) && typeof value === "object" && value !== null) return sorted(value as Draft);
  return value;
}
