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
  /** The text in pieces, made while the client takes them; those that are bytes are UTF-8. Not called for HEAD. */
  parts(options: CallOptions): AsyncIterable<string | Uint8Array>;
}

/** The only coding of a text that is made while it is sent. */
const CODING = "gzip";
/** A text up to this length is made before it is sent, so that its length can be said: some clients insist on it. */
const KNOWN_LENGTH = 16 * 1024 * 1024;

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
  const options = callOptionsOf(c.req.raw);
  await scope?.reserve(KNOWN_LENGTH, options);
  const parts = text.parts(options)[Symbol.asyncIterator]();
  const { made, isWhole } = await beginningOf(parts);
  if (isWhole && !isCompressed) {
    headers["Content-Length"] = String(made.length);
    return createAnswer(scope, 200, headers, made);
  }
  const body = textStream(scope, parts, made);
  return createAnswer(scope, 200, headers, isCompressed ? body.pipeThrough(gzip()) : body);
}

async function beginningOf(
  parts: AsyncIterator<string | Uint8Array>,
): Promise<{ readonly made: Uint8Array; readonly isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length < KNOWN_LENGTH && !isWhole) {
    const part = await parts.next();
    if (part.done === true) isWhole = true;
    else length += pieces[pieces.push(encoded(part.value)) - 1]?.length ?? 0;
  }
  return { made: Buffer.concat(pieces), isWhole };
}

function textStream(
  scope: RequestScope | undefined,
  parts: AsyncIterator<string | Uint8Array>,
  beginning: Uint8Array,
): ReadableStream<Uint8Array> {
  let isBegun = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (!isBegun) {
            isBegun = true;
            controller.enqueue(beginning);
            return;
          }
          const part = await parts.next();
          if (part.done === true) controller.close();
          else controller.enqueue(encoded(part.value));
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

function encoded(part: string | Uint8Array): Uint8Array {
  return typeof part === "string" ? Buffer.from(part) : part;
}

function gzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new CompressionStream(CODING);
}
