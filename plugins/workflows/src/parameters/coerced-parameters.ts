import type { Json } from "@zarr-gateway/jobs";
import { type Lax, laxBoolean, laxInteger, laxNumber, laxString } from "./lax-value.ts";
import { type ParameterProblem, refusedParameters } from "./parameter-problem.ts";
import type { JsonSchema } from "./parameter-schema.ts";
import { startTimeProblems } from "./start-times.ts";

export type Parameters = { readonly [name: string]: Json };

/** Far deeper than parameters are; what a request nests deeper is refused before the stack ends. */
const MAX_DEPTH = 32;

/**
 * What a request says, in the types that the schema wants, defaults filled in: as pydantic without `strict` reads it.
 * @throws GatewayError invalid_request with `problems`, its text names each parameter
 */
export function coercedParameters(schema: JsonSchema, input: unknown): Parameters {
  const given = input ?? {};
  const title = String(schema["title"] ?? "parameters");
  if (typeof given !== "object" || Array.isArray(given))
    throw refusedParameters(title, [{ path: "", message: "Input should be an object", input }]);
  const early = startTimeProblems(given as Record<string, unknown>);
  const reading = new Reading(schema);
  const value = reading.value(schema, given, []);
  const seen = new Set(early.map(({ path }) => path));
  const later = reading.problems.filter(({ path }) => !seen.has(path.split(".")[0] ?? ""));
  const problems = [...early, ...later];
  if (problems.length > 0) throw refusedParameters(title, problems);
  return value as Parameters; // an object without problems was read as one
}

class Reading {
  readonly problems: ParameterProblem[] = [];
  readonly #root: JsonSchema;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  value(given: JsonSchema, input: unknown, path: readonly string[]): unknown {
    const schema = this.#resolved(given);
    if (path.length > MAX_DEPTH) return this.#refused(path, "Input is nested too deeply", null);
    if (schema["const"] !== undefined) return this.#oneOf([schema["const"]], input, path);
    if (Array.isArray(schema["enum"])) return this.#oneOf(schema["enum"], input, path);
    const alternatives = schema["anyOf"] ?? schema["oneOf"];
    if (Array.isArray(alternatives)) return this.#alternative(alternatives as JsonSchema[], input, path);
    if (Array.isArray(schema["allOf"])) {
      const all = (schema["allOf"] as JsonSchema[]).map((one) => this.#resolved(one));
      const { allOf: _, ...rest } = schema;
      return this.value(Object.assign({}, ...all, rest) as JsonSchema, input, path); // plain objects
    }
    return this.#typed(schema, input, path);
  }

  #typed(schema: JsonSchema, input: unknown, path: readonly string[]): unknown {
    switch (schema["type"]) {
      case "integer":
        return this.#bounded(schema, this.#lax(laxInteger(input), input, path), path);
      case "number":
        return this.#bounded(schema, this.#lax(laxNumber(input), input, path), path);
      case "boolean":
        return this.#lax(laxBoolean(input), input, path);
      case "string":
        return this.#text(schema, this.#lax(laxString(input, schema["format"]), input, path), path);
      case "null":
        return input === null ? null : this.#refused(path, "Input should be None", input);
      case "array":
        return this.#list(schema, input, path);
      case "object":
        return this.#object(schema, input, path);
      default:
        return input; // any type
    }
  }

  #object(schema: JsonSchema, input: unknown, path: readonly string[]): unknown {
    if (typeof input !== "object" || input === null || Array.isArray(input))
      return this.#refused(path, "Input should be a valid dictionary", input);
    const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>; // JSON Schema
    const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
    const result: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(properties)) {
      const resolved = this.#resolved(property);
      const fallback = property["default"] ?? resolved["default"];
      if (Object.hasOwn(input, name))
        result[name] = this.value(property, Reflect.get(input, name), [...path, name]);
      else if (fallback !== undefined) result[name] = structuredClone(fallback);
      else if (required.has(name)) this.#refused([...path, name], "Field required", undefined);
    }
    const others = schema["additionalProperties"];
    for (const [name, value] of Object.entries(input)) {
      if (Object.hasOwn(properties, name)) continue;
      if (typeof others === "object" && others !== null)
        result[name] = this.value(others as JsonSchema, value, [...path, name]);
      else if (others === true) result[name] = value;
      else this.#refused([...path, name], "Extra inputs are not permitted", value);
    }
    return result;
  }

  #list(schema: JsonSchema, input: unknown, path: readonly string[]): unknown {
    if (!Array.isArray(input)) return this.#refused(path, "Input should be a valid list", input);
    const { minItems, maxItems } = schema;
    if (typeof minItems === "number" && input.length < minItems)
      return this.#refused(path, `List should have at least ${minItems} items, not ${input.length}`, input);
    if (typeof maxItems === "number" && input.length > maxItems)
      return this.#refused(path, `List should have at most ${maxItems} items, not ${input.length}`, input);
    const prefix = (schema["prefixItems"] ?? []) as JsonSchema[]; // JSON Schema
    if (prefix.length > 0 && input.length !== prefix.length && typeof schema["items"] !== "object")
      return this.#refused(path, `List should have ${prefix.length} items, not ${input.length}`, input);
    const items = (schema["items"] ?? {}) as JsonSchema;
    return input.map((item: unknown, at) => this.value(prefix[at] ?? items, item, [...path, String(at)]));
  }

  /** What fits without being converted comes first: of `int | str` a text stays a text. */
  #alternative(alternatives: readonly JsonSchema[], input: unknown, path: readonly string[]): unknown {
    const tries = alternatives.map((one) => {
      const reading = new Reading(this.#root);
      return { value: reading.value(one, input, path), problems: reading.problems };
    });
    const fitting = tries.filter(({ problems }) => problems.length === 0);
    const exact = fitting.find(({ value }) => JSON.stringify(value) === JSON.stringify(input));
    const best = exact ?? fitting[0];
    if (best !== undefined) return best.value;
    const told = tries.find((_, at) => this.#resolved(alternatives[at] ?? {})["type"] !== "null") ?? tries[0];
    this.problems.push(...(told?.problems ?? []));
    return undefined;
  }

  #oneOf(values: readonly unknown[], input: unknown, path: readonly string[]): unknown {
    if (values.includes(input)) return input;
    const quoted = values.map((value) => (typeof value === "string" ? `'${value}'` : JSON.stringify(value)));
    const text =
      quoted.length > 1 ? `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}` : (quoted[0] ?? "");
    return this.#refused(path, `Input should be ${text}`, input);
  }

  #bounded(schema: JsonSchema, value: unknown, path: readonly string[]): unknown {
    if (typeof value !== "number") return value;
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (typeof minimum === "number" && value < minimum)
      return this.#refused(path, `Input should be greater than or equal to ${minimum}`, value);
    if (typeof maximum === "number" && value > maximum)
      return this.#refused(path, `Input should be less than or equal to ${maximum}`, value);
    if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum)
      return this.#refused(path, `Input should be greater than ${exclusiveMinimum}`, value);
    if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum)
      return this.#refused(path, `Input should be less than ${exclusiveMaximum}`, value);
    if (
      typeof multipleOf === "number" &&
      Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9
    )
      return this.#refused(path, `Input should be a multiple of ${multipleOf}`, value);
    return value;
  }

  #text(schema: JsonSchema, value: unknown, path: readonly string[]): unknown {
    if (typeof value !== "string") return value;
    const { minLength, maxLength } = schema;
    const length = [...value].length;
    if (typeof minLength === "number" && length < minLength)
      return this.#refused(path, `String should have at least ${minLength} characters`, value);
    if (typeof maxLength === "number" && length > maxLength)
      return this.#refused(path, `String should have at most ${maxLength} characters`, value);
    return value;
  }

  #lax(read: Lax, input: unknown, path: readonly string[]): unknown {
    return "value" in read ? read.value : this.#refused(path, read.message, input);
  }

  /** Of references within the schema, as pydantic has them for models inside of models. */
  #resolved(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if (typeof $ref !== "string") return schema;
    let target: unknown = this.#root;
    for (const part of $ref.replace(/^#\/?/, "").split("/"))
      target = (target as Record<string, unknown> | undefined)?.[part];
    const { $ref: _, ...beside } = schema;
    return { ...(target as JsonSchema | undefined), ...beside };
  }

  #refused(path: readonly string[], message: string, input: unknown): undefined {
    this.problems.push({ path: path.join("."), message, input });
    return undefined;
  }
}
