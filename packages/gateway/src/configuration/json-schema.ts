import { z } from "zod";
import { configurationSchema } from "./schema.ts";

/** The part of JSON Schema that zod writes for a configuration. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly propertyNames?: JsonSchema;
}

const SCHEMA_ID = "https://unpkg.com/zarr-gateway/zarr-gateway.schema.json";

/** The published schema of the configuration file, as `zarr-gateway.schema.json` holds it. */
export function configurationJsonSchema(): JsonSchema {
  const schema = toJsonSchema(configurationSchema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: SCHEMA_ID,
    title: "zarr-gateway configuration",
    ...schema,
  } as JsonSchema; // the first keys are for editors alone
}

/** JSON Schema of what a zod schema takes in. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema; // zod writes this subset
}

/** All schemas that speak about the value at a path, from the root to the value itself; empty where nothing does. */
export function schemasAt(root: JsonSchema, path: readonly PropertyKey[]): readonly JsonSchema[] {
  let level: readonly JsonSchema[] = alternatives(root);
  for (const part of path) level = level.flatMap((schema) => alternatives(childOf(schema, part)));
  return level;
}

function alternatives(schema: JsonSchema | undefined): readonly JsonSchema[] {
  if (schema === undefined) return [];
  return [schema, ...(schema.anyOf ?? []).flatMap(alternatives)];
}

function childOf(schema: JsonSchema, part: PropertyKey): JsonSchema | undefined {
  if (typeof part === "number") return schema.items;
  const named = schema.properties?.[String(part)];
  if (named) return named;
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}
