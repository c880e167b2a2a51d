import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { createAnswer, type RequestScope, scopeOf } from "./request-scope.ts";

/** A text that comes while something happens: events, a log that is being written. */
export interface LiveText {
  readonly contentType: string;
  /** Ends with the text; the signal is aborted when the client has gone. Not called for HEAD. */
  parts(options: CallOptions & { readonly signal: AbortSignal }): AsyncIterable<string | Uint8Array>;
}

/**
 * Answers a GET or HEAD with a text that is sent as it comes, for hours if need be. It counts among the held requests,
 * not among those that are being answered. What fails on the way breaks the connection.
 * @throws GatewayError overloaded where too many are held
 */
export function respondLive(c: Context, text: LiveText): Response {
  const scope = scopeOf(c);
  const headers = {
    "Content-Type": text.contentType,
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no", // nginx would keep it back
  };
  if (c.req.raw.method === "HEAD") return createAnswer(scope, 200, headers, null);
  if (scope?.hold() === false)
    throw new GatewayError("overloaded", "too many streams are open, try again later", {
      retryAfterSeconds: 10,
    });
  return createAnswer(scope, 200, headers, liveBody(scope, text, c.req.raw.signal));
}

function liveBody(
  scope: RequestScope | undefined,
  text: LiveText,
  left: AbortSignal,
): ReadableStream<Uint8Array> {
  const cancelled = new AbortController();
  const signal = AbortSignal.any([left, cancelled.signal]);
  const parts = text.parts({ signal })[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = await parts.next();
          if (part.done === true) controller.close();
          else controller.enqueue(typeof part.value === "string" ? Buffer.from(part.value) : part.value);
        } catch (error) {
          if (signal.aborted) return controller.close();
          // with the connection gone there is nobody left to tell; without one the reader must learn of it
          if (scope?.cutOff(error) !== true) controller.error(error);
        }
      },
      async cancel() {
        cancelled.abort();
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
