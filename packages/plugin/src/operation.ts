import type { Handler } from "hono";

/** One parameter of a route, as OpenAPI 3.1 names it. */
export interface OperationParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** What `/openapi.json` and the docs say about a route. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly OperationParameter[];
  /** Media type of a good answer, with its JSON schema where there is one. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const operations = new WeakMap<object, Operation>();

/** Attaches a description to a handler; routes without one appear in `/openapi.json` with their path alone. */
export function described<H extends Handler>(operation: Operation, handler: H): H {
  operations.set(handler, operation);
  return handler;
}

export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}
