import { asGatewayError, createAnswer, PROBLEMS, scopeOf } from "@zarr-gateway/http";
import type { Context } from "hono";
import { formatTimestamp } from "./timestamp.ts";

/** An answer that is not what was asked for. */
export interface Refusal {
  readonly status: number;
  /** Under `detail`, in one of upstream's shapes. */
  readonly detail: string | Readonly<Record<string, unknown>> | readonly unknown[];
  /** What the Python client reads, beside `detail`: a sentence, and more of it. */
  readonly error: string;
  readonly details?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Upstream's simplest shape: `{"detail": "…"}`. */
export function sentence(status: number, text: string, headers?: Record<string, string>): Refusal {
  return { status, detail: text, error: text, ...(headers && { headers }) };
}

/** Upstream's shape on the routes of results: `{"detail": {"error", "details", "timestamp"}}`. */
export function explained(
  status: number,
  error: string,
  details: string,
  more: Readonly<Record<string, unknown>> = {},
): Refusal {
  const timestamp = formatTimestamp(Date.now());
  return { status, detail: { error, details, ...more, timestamp }, error, details };
}

/**
 * A failure in the client's words. The workflow's or the server's own mistakes keep the status of the gateway, which tells
 * a proxy and a log what happened.
 */
export function refusalOf(error: unknown, requestId: string | undefined): Refusal {
  const known = asGatewayError(error, requestId);
  const { status } = PROBLEMS[known.code];
  const seconds = known.details["retryAfterSeconds"];
  const isLater = known.code === "queue_full" || known.code === "overloaded";
  const headers = isLater
    ? { "Retry-After": String(typeof seconds === "number" ? Math.ceil(seconds) : 1) }
    : {};
  return sentence(status, known.message, headers);
}

/** JSON without spaces, as scripts that search the text expect it. */
export function answerJson(
  c: Context,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = Buffer.from(text);
  const all = {
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    "Cache-Control": "no-store",
    ...headers,
  };
  return createAnswer(scopeOf(c), status, all, c.req.method === "HEAD" ? null : body);
}

/** Both shapes in one: `detail` as upstream has it, and what its client reads. */
export function refuse(c: Context, refusal: Refusal, isStrict: boolean): Response {
  const { status, detail, error, details, headers } = refusal;
  const message = details === undefined ? error : `${error}: ${details}`;
  const readable = isStrict ? {} : { error, ...(details !== undefined && { details }), message };
  return answerJson(c, status, JSON.stringify({ detail, ...readable }), headers);
}

/** Whether a failure is the server's: those are logged. */
export function isOurs({ status }: Refusal): boolean {
  return status >= 500;
}
