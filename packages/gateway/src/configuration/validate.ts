import { similarWord } from "@zarr-gateway/primitives";
import type { z } from "zod";
import type { ConfigurationDocument, KeyPath } from "./document.ts";
import { type JsonSchema, schemasAt } from "./json-schema.ts";
import { formatKey, type Problem } from "./problem.ts";

/** What zod reports, as far as messages need it. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

export interface Explained {
  readonly document: ConfigurationDocument;
  /** Describes the values below `at`; where absent, the issues' own messages are used. */
  readonly schema: JsonSchema | undefined;
  /** Key path of the value that was validated. */
  readonly at: KeyPath;
}

/** Turns what a schema found into problems with a place, an expectation and what came instead. */
export function explainIssues(issues: readonly SchemaIssue[], context: Explained): Problem[] {
  return issues.flatMap((issue) => explain(issue, [], context));
}

export function issuesOf(error: z.ZodError): readonly SchemaIssue[] {
  return error.issues;
}

function explain(issue: SchemaIssue, above: KeyPath, context: Explained): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).map((key) => unknownKey(key, path, context));
  }
  const branch = issue.code === "invalid_union" ? meantBranch(issue.errors ?? []) : undefined;
  if (branch) return branch.flatMap((inner) => explain(inner, path, context));
  return [problem(path, context, expectation(issue, path, context))];
}

/** The alternative of a union whose type fits, so that its inner mistakes can be told; undefined when none does. */
function meantBranch(branches: readonly (readonly SchemaIssue[])[]): readonly SchemaIssue[] | undefined {
  return branches.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
}

function unknownKey(key: string, parent: KeyPath, context: Explained): Problem {
  const allowed = context.schema
    ? schemasAt(context.schema, parent).flatMap((schema) => Object.keys(schema.properties ?? {}))
    : [];
  const meant = similarWord(key, allowed);
  const advice = [
    ...(meant === undefined ? [] : [`did you mean ${JSON.stringify(meant)}?`]),
    ...(allowed.length === 0 ? [] : [`allowed here: ${allowed.join(", ")}`]),
  ];
  return problem([...parent, key], context, ["unknown key", ...advice].join("; "));
}

function expectation(issue: SchemaIssue, path: KeyPath, context: Explained): string {
  const wrongKey = issue.code === "invalid_key";
  const found = context.schema ? schemasAt(context.schema, wrongKey ? path.slice(0, -1) : path) : [];
  const expected = found
    .map((schema) => (wrongKey ? schema.propertyNames : schema)?.description)
    .find((description) => description !== undefined);
  if (expected === undefined) return issue.message;
  if (wrongKey) return `expected ${expected}`;
  const value = valueAt(context.document.value, [...context.at, ...path]);
  if (value === undefined) return `missing; expected ${expected}`;
  const whole = [...context.at, ...path];
  if (whole[0] === "sources" && whole[1] === "credentials" && whole.length > 3) return `expected ${expected}`;
  const isSecret = context.document.isSecret(whole);
  return `expected ${expected}; got ${isSecret ? "a value from the environment" : print(value)}`;
}

function problem(path: KeyPath, { document, at }: Explained, message: string): Problem {
  const whole = [...at, ...path];
  return { place: document.placeOf(whole), key: formatKey(whole), message };
}

export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part]; // any object can be indexed by a key it has
  }
  return value;
}

function print(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "bigint") return value.toString();
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
