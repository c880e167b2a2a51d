import { CompressionStream, type ReadableWritablePair } from "node:stream/web";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { acceptedCodings } from "./accept.ts";
import { protocolProblem } from "./problem.ts";
import { callOptionsOf, createAnswer, type RequestScope, scopeOf } from "./request-scope.ts";
import { formatTag, ifMatchHolds, matchedTags } from "./validators.ts";

/** A long text whose length nobody knows before it is made. */
export interface StreamedText {
  readonly contentType: string;
  readonly cacheControl: string;
  /** Strong validator without quotes; same value, same text. */
  readonly etag: string | undefined;
  /** The text in pieces, made while the client takes them. Not called for HEAD. */
  parts(options: CallOptions): AsyncIterable<string>;
}

/** The only coding of a text that is made while it is sent. */
const CODING = "gzip";

/**
 * Answers a GET or HEAD with a text of any length in bounded memory, without ranges and Content-Length. What fails
 * before the first piece is the request's failure; after it the connection breaks, so that no part looks whole.
 */
export async function respondStreamed(c: Context, text: StreamedText): Promise<Response> {
  const scope = scopeOf(c);
  const { headers: asked, method } = c.req.raw;
  const isCompressed = acceptedCodings(asked.get("accept-encoding")).includes(CODING);
  const headers: Record<string, string> = {
    "Content-Type": text.contentType,
    "Cache-Control": text.cacheControl,
    Vary: "Accept-Encoding",
  };
  if (text.etag !== undefined)
    headers["ETag"] = formatTag(isCompressed ? `${text.etag}-${CODING}` : text.etag);
  const tags =
    text.etag === undefined
      ? []
      : [text.etag, `${text.etag}-${CODING}`].map((tag) => formatTag(tag).slice(1, -1));
  const ifMatch = asked.get("if-match");
  if (ifMatch !== null && !ifMatchHolds(ifMatch, tags))
    return protocolProblem(c, 412, `If-Match asks for ${ifMatch}, the current tag is "${text.etag ?? ""}"`);
  const ifNoneMatch = asked.get("if-none-match");
  if (ifNoneMatch !== null && tags.length > 0 && matchedTags(ifNoneMatch, tags))
    return createAnswer(scope, 304, headers, null);
  if (isCompressed) headers["Content-Encoding"] = CODING;
  if (method === "HEAD") return createAnswer(scope, 200, headers, null);
  const parts = text.parts(callOptionsOf(c.req.raw))[Symbol.asyncIterator]();
  const body = textStream(scope, parts, await parts.next());
  return createAnswer(scope, 200, headers, isCompressed ? body.pipeThrough(gzip()) : body);
}

function textStream(
  scope: RequestScope | undefined,
  parts: AsyncIterator<string>,
  first: IteratorResult<string>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = next ?? (await parts.next());
          next = undefined;
          if (part.done === true) controller.close();
          else controller.enqueue(encoder.encode(part.value));
        } catch (error) {
          // with the connection gone there is nobody left to tell; without one the reader must learn of it
          if (scope?.cutOff(error) !== true) controller.error(error);
        }
      },
      async cancel() {
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function gzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  // its types say BufferSource on one side, and it takes what the other gives
  return new CompressionStream(CODING) as ReadableWritablePair<Uint8Array, Uint8Array>;
}
