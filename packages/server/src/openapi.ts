import { PROBLEMS, PROTOCOL_PROBLEMS } from "@zarr-gateway/http";
import type { OperationParameter } from "@zarr-gateway/plugin";
import type { MountedRoute } from "./mount.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: Readonly<Record<string, unknown>>;
  readonly tags: readonly { readonly name: string }[];
}
export type PathItem = Readonly<Record<string, OpenApiOperation>>;
export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Json[];
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly serverUrl: string;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const DESCRIPTION =
  "Every GET answers HEAD, and every path answers with and without a slash at the end. Answers carry validators " +
  "(`ETag`, `If-None-Match`), bytes can be asked in ranges, errors are `application/problem+json`.";

/** Describes all mounted routes; the same routes, so that the document cannot disagree with the server. */
export function createOpenApi(routes: readonly MountedRoute[], options: OpenApiOptions): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    for (const template of templatesOf(route.pattern)) {
      for (const method of route.method === "ALL" ? ["GET"] : [route.method]) {
        if (!METHODS.has(method)) continue;
        paths[template] ??= {};
        const item = paths[template];
        const key = method.toLowerCase();
        // a handler behind a middleware of the same route: the one that is described counts
        if (item[key] === undefined || route.operation !== undefined)
          item[key] = describe(route, method, template);
      }
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: options.title, version: options.version, description: DESCRIPTION },
    servers: [{ url: options.serverUrl }],
    paths,
    components: components(),
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
  };
}

/** Hono's pattern in OpenAPI's words; a store is also known by its `.zarr` name. */
function templatesOf(pattern: string): string[] {
  const template = pattern
    .replace(/:dataset(?=\/|$)/, "{dataset_id}")
    .replace(/:([A-Za-z_][\w]*)(?:\{[^/]*?\})?(\?)?(?=\/|$)/g, "{$1}")
    .replace(/\*$/, "{path}");
  const store = "/datasets/{dataset_id}/zarr";
  if (template !== store && !template.startsWith(`${store}/`)) return [template];
  return [template, `/datasets/{dataset_id}.zarr${template.slice(store.length)}`];
}

function tagOf({ owner, operation }: MountedRoute): string {
  return operation?.tags?.[0] ?? owner;
}

function describe(route: MountedRoute, method: string, template: string): OpenApiOperation {
  const { operation } = route;
  const answers = operation?.answers ?? {};
  const parameters = parametersOf(template, operation?.parameters ?? []);
  const content: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(answers).map(([type, schema]) => [type, { schema: withoutUndefined(schema) }] as const),
  );
  return {
    operationId: operationId(method, template),
    summary: operation?.summary ?? `${method} ${template}`,
    ...(operation?.description === undefined ? {} : { description: operation.description }),
    tags: [...(operation?.tags ?? [route.owner])],
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {
      "200": { description: "OK", ...(Object.keys(answers).length === 0 ? {} : { content }) },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function withoutUndefined(schema: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(schema)) as unknown; // schemas are JSON; this drops undefined members
}

function operationId(method: string, template: string): string {
  const words = template.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const suffix = template.includes("}.") ? "_store" : "";
  return [method.toLowerCase(), ...words].join("_") + suffix;
}

/** Every `{name}` of the template, described where the plugin did, and the plugin's query and header parameters. */
function parametersOf(template: string, described: readonly OperationParameter[]): Json[] {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const inPath = new Map(described.filter((it) => it.in === "path").map((it) => [it.name, it]));
  const unnamed = [...inPath.values()].filter(({ name }) => !names.includes(name));
  const path = names.map((name): Json => {
    // a wildcard has no name of its own: the plugin's word describes it
    const known = inPath.get(name) ?? (name === "path" ? unnamed[0] : undefined);
    const fallback = name === "dataset_id" ? { $ref: "#/components/schemas/DatasetId" } : { type: "string" };
    return {
      name,
      in: "path",
      required: true,
      ...describedBy(known?.description ?? (name === "dataset_id" ? "Id of the dataset" : undefined)),
      schema: (known?.schema as Json | undefined) ?? fallback, // JSON schema written by the plugin
    };
  });
  const others = described
    .filter((it) => it.in !== "path")
    .map(
      (it): Json => ({
        name: it.name,
        in: it.in,
        description: it.description,
        required: it.required ?? false,
        schema: (it.schema as Json | undefined) ?? { type: "string" }, // the same
      }),
    );
  return [...path, ...others];
}

function describedBy(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description };
}

function components(): Record<string, unknown> {
  const statuses = [
    ...Object.values(PROBLEMS).map(({ status }) => status),
    ...Object.keys(PROTOCOL_PROBLEMS).map(Number),
  ];
  return {
    schemas: {
      DatasetId: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*(@.+)?$" },
      Problem: {
        type: "object",
        description: "RFC 9457",
        required: ["type", "title", "status", "code", "detail"],
        properties: {
          type: { type: "string", format: "uri" },
          title: { type: "string" },
          status: { type: "integer", enum: [...new Set(statuses)].sort((a, b) => a - b) },
          code: { type: "string", enum: Object.keys(PROBLEMS) },
          detail: { type: "string" },
          requestId: { type: "string" },
        },
      },
    },
    responses: {
      Problem: {
        description: "What was expected and what came",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}
