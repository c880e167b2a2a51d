import { pathToFileURL } from "node:url";
import type { Json } from "@zarr-gateway/jobs";
import type { Workflow } from "@zarr-gateway/plugin";
import { GatewayError, messageOf } from "@zarr-gateway/primitives";
import { z } from "zod";
import { parameterSchema } from "../parameters/parameter-schema.ts";
import { SHIPPED } from "../shipped/index.ts";
import type { WorkflowFacts, WorkflowPlace } from "./messages.ts";

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;
/** Of a path of the API. */
const RESERVED = "workflows";

/** @throws Error that says what is missing, without a path */
export async function loadWorkflow(place: WorkflowPlace): Promise<Workflow> {
  if ("shipped" in place) {
    const workflow = SHIPPED.find(({ name }) => name === place.shipped);
    if (workflow === undefined) throw new Error(`no workflow "${place.shipped}" is shipped`);
    return workflow;
  }
  const module = (await import(pathToFileURL(place.file).href)) as { readonly default?: unknown }; // a module namespace
  return checkedWorkflow(module.default);
}

/** @throws Error naming what is missing or wrong */
export function checkedWorkflow(value: unknown): Workflow {
  if (typeof value !== "object" || value === null)
    throw new Error("the default export must be defineWorkflow({ name, description, parameters, run })");
  const workflow = value as Partial<Workflow>; // checked member by member
  const wrong = [
    ...(typeof workflow.name === "string" ? [] : ["name"]),
    ...(typeof workflow.description === "string" ? [] : ["description"]),
    ...(isObjectSchema(workflow.parameters) ? [] : ["parameters (a zod object)"]),
    ...(workflow.config === undefined || isObjectSchema(workflow.config) ? [] : ["config (a zod object)"]),
    ...(typeof workflow.run === "function" ? [] : ["run"]),
  ];
  if (wrong.length > 0) throw new Error(`defineWorkflow: missing or wrong: ${wrong.join(", ")}`);
  const { name = "" } = workflow;
  if (!NAME.test(name))
    throw new Error(
      `a workflow's name has 1 to 100 letters, digits, _ or -, and begins with a letter: "${name}"`,
    );
  if (name === RESERVED) throw new Error(`the name "${RESERVED}" is taken`);
  return workflow as Workflow; // just checked
}

/** By its shape: a workflow may bring a zod of its own. */
function isObjectSchema(value: unknown): boolean {
  const def = (value as { readonly _zod?: { readonly def?: { readonly type?: unknown } } } | undefined)?._zod
    ?.def;
  return def?.type === "object";
}

export function workflowFacts(workflow: Workflow, configs: { readonly [name: string]: Json }): WorkflowFacts {
  const { name, description, parameters, timeoutMs, maxAttempts } = workflow;
  const configProblem = problemOfConfig(workflow, Object.hasOwn(configs, name) ? configs[name] : undefined);
  return {
    name,
    description,
    schema: parameterSchema(name, parameters),
    ...(configProblem !== undefined && { configProblem }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxAttempts !== undefined && { maxAttempts }),
  };
}

function problemOfConfig(workflow: Workflow, given: unknown): string | undefined {
  try {
    parsedConfig(workflow, given);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** What the configuration says of it. @throws GatewayError invalid_request that names the key */
export function parsedConfig(workflow: Workflow, given: unknown): Record<string, unknown> {
  const schema = z.strictObject({ ...workflow.config?.shape });
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const text = parsed.error.issues.map(({ path, message }) => {
    return `workflows.${[workflow.name, ...path].join(".")}: ${message}`;
  });
  throw new GatewayError("invalid_request", text.join("; "));
}

/** Parameters with the types that the workflow's code has. @throws ZodError */
export function parsedParameters(
  { parameters }: Workflow,
  coerced: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const shape = parameters.shape as Readonly<Record<string, z.ZodType | undefined>>; // by name
  const given = Object.entries(coerced).filter(([name, value]) => {
    // what the schema offers as null for "left out" is left out
    return value !== null || shape[name]?.safeParse(undefined).success !== true || isNullable(shape[name]);
  });
  return parameters.parse(Object.fromEntries(given));
}

function isNullable(schema: z.ZodType): boolean {
  return schema.safeParse(null).success;
}

/** What `parse` of any zod throws, as problems; undefined for other errors. */
export function issuesOf(error: unknown): { readonly path: string; readonly message: string }[] | undefined {
  const issues = (error as { readonly issues?: unknown } | undefined)?.issues;
  if (!Array.isArray(issues)) return undefined;
  return issues.map((issue: { readonly path?: readonly PropertyKey[]; readonly message?: string }) => ({
    path: (issue.path ?? []).map(String).join("."),
    message: issue.message ?? messageOf(error),
  }));
}
