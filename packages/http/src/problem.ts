import { type ErrorCode, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { PROBLEM_PAGE_POLICY, prefersHtml, problemPage } from "./problem-page.ts";
import { type Asked, createAnswer, scopeOf } from "./request-scope.ts";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** The only table of error codes and HTTP statuses. Each row is explained in docs/errors.md. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  not_found: { status: 404, title: "Not found" },
  invalid_request: { status: 400, title: "Invalid request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  forbidden: { status: 403, title: "Forbidden" },
  unsupported: { status: 501, title: "Not supported" },
  conflict: { status: 409, title: "Conflict" },
  expired: { status: 410, title: "Gone" },
  unprocessable: { status: 422, title: "Cannot be processed" },
  too_large: { status: 413, title: "Too much at once" },
  queue_full: { status: 429, title: "The queue is full" },
  overloaded: { status: 503, title: "Overloaded" },
  upstream: { status: 502, title: "The data could not be read" },
  model_failed: { status: 502, title: "The model failed" },
  model_output_invalid: { status: 502, title: "The model gave what it must not" },
  model_timeout: { status: 504, title: "The model took too long" },
  internal: { status: 500, title: "Internal error" },
};

/** Statuses that the protocol itself asks for, under the code that comes nearest. */
export const PROTOCOL_PROBLEMS = {
  405: { code: "invalid_request", title: "Method not allowed" },
  412: { code: "conflict", title: "Precondition failed" },
  414: { code: "invalid_request", title: "URL too long" },
  416: { code: "invalid_request", title: "Range not satisfiable" },
} as const satisfies Readonly<Record<number, { readonly code: ErrorCode; readonly title: string }>>;
export type ProtocolStatus = keyof typeof PROTOCOL_PROBLEMS;

/** RFC 9457, with `code` for machines and `detail` as Xpublish's clients know it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId?: string;
  /** Of `queue_full`: how many are before. */
  readonly position?: number;
}

const PROBLEM_TYPE = "application/problem+json";
const DEFAULT_RETRY_SECONDS = 1;

/** An answer for a failure: its own words where the project raised it, nothing but a request id where not. */
export function problemResponse(c: Asked, error: unknown): Response {
  const known = asGatewayError(error, scopeOf(c)?.requestId);
  const { status, title } = PROBLEMS[known.code];
  const { position } = known.details;
  const more = known.code === "queue_full" && typeof position === "number" ? { position } : {};
  return write(c, { status, title, code: known.code, detail: known.message, ...more }, headersOf(known));
}

/** An answer that the protocol asks for, without a failure behind it. */
export function protocolProblem(
  c: Asked,
  status: ProtocolStatus,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  const { code, title } = PROTOCOL_PROBLEMS[status];
  return write(c, { status, title, code, detail }, headers);
}

/** Absent keys are frequent in Zarr: answered without throwing. */
export function notFoundResponse(c: Asked, detail = "Not Found"): Response {
  return write(c, { ...PROBLEMS.not_found, code: "not_found", detail }, {});
}

/** The error as a client may see it: no stack, no path of the server, no message of a library. */
export function asGatewayError(error: unknown, requestId?: string): GatewayError {
  if (isGatewayError(error) && error.code in PROBLEMS) return error;
  if (error instanceof Error && error.name === "TimeoutError") {
    return new GatewayError("upstream", "the data did not come in time", {}, error);
  }
  const status = httpExceptionStatus(error);
  if (status !== undefined) {
    return new GatewayError(codeOfStatus(status), (error as Error).message || "Request failed", {}, error); // httpExceptionStatus has seen an Error
  }
  const where = requestId === undefined ? "the log" : `request ${requestId} in the log`;
  return new GatewayError("internal", `the request failed for a reason that is in ${where}`, {}, error);
}

/** Hono's middleware (body limit, bearer auth, …) throws HTTPException. */
function httpExceptionStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("getResponse" in error) || !("status" in error)) return undefined;
  return typeof error.status === "number" ? error.status : undefined;
}

function codeOfStatus(status: number): ErrorCode {
  for (const [code, problem] of Object.entries(PROBLEMS)) {
    if (problem.status === status) return code as ErrorCode; // the table's keys are the codes
  }
  return status < 500 ? "invalid_request" : "internal";
}

function headersOf(error: GatewayError): Record<string, string> {
  if (error.code === "overloaded" || error.code === "queue_full") {
    const seconds = error.details["retryAfterSeconds"];
    return {
      "Retry-After": String(typeof seconds === "number" ? Math.ceil(seconds) : DEFAULT_RETRY_SECONDS),
    };
  }
  if (error.code === "unauthorized") {
    const challenge = error.details["challenge"];
    return { "WWW-Authenticate": typeof challenge === "string" ? challenge : "Bearer" };
  }
  return {};
}

function write(
  c: Asked,
  problem: Omit<ProblemDocument, "type" | "requestId">,
  headers: Record<string, string>,
): Response {
  const scope = scopeOf(c);
  const document: ProblemDocument = {
    type: `urn:zarr-gateway:error:${problem.code}`,
    ...problem,
    ...(scope === undefined ? {} : { requestId: scope.requestId }),
  };
  const isPage = prefersHtml(c.req.header?.("accept"));
  const body = Buffer.from(isPage ? problemPage(document) : JSON.stringify(document));
  return createAnswer(
    scope,
    problem.status,
    {
      "Content-Type": isPage ? "text/html; charset=utf-8" : PROBLEM_TYPE,
      ...(isPage && { "Content-Security-Policy": PROBLEM_PAGE_POLICY, Vary: "Accept" }),
      "Content-Length": String(body.length),
      "Cache-Control": "no-cache",
      ...headers,
    },
    c.req.method === "HEAD" ? null : body,
  );
}
