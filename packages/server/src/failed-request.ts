import { asGatewayError, problemResponse } from "@zarr-gateway/http";
import { messageOf } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import type { ServerLog } from "./log.ts";

/** Errors of all handlers; the client's own mistakes and departures are no news for the log. */
export function failedRequest(error: unknown, c: Context, log: ServerLog): Response {
  const response = problemResponse(c, error);
  // what a dataset or a client may not reach is news too
  const isNews = response.status >= 500 || response.status === 403;
  if (isNews && !c.req.raw.signal.aborted) logFailure(log, error, c.req.path, response);
  return response;
}

function logFailure(log: ServerLog, error: unknown, path: string, response: Response): void {
  const { code } = asGatewayError(error);
  const requestId = response.headers.get("x-request-id");
  const fields = { requestId, path, code, err: error };
  if (code === "internal") log.error(fields, messageOf(error));
  else log.warn(fields, messageOf(error));
}
