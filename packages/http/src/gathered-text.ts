import type { Context } from "hono";
import { textResource } from "./documents.ts";
import { respond } from "./respond.ts";
import { respondStreamed } from "./streamed-text.ts";

/** Text up to this length is gathered before it is sent; its length and its validator are then known. */
const MAX_GATHERED = 16 * 1024 * 1024;

/**
 * Answers a GET or HEAD with a text that is made in pieces: whole, with `ETag`, ranges and length, where it is not too
 * long, else streamed in bounded memory. What fails in the beginning is the request's failure.
 */
export async function respondGathered(
  c: Context,
  contentType: string,
  parts: AsyncIterable<string>,
): Promise<Response> {
  const pieces = parts[Symbol.asyncIterator]();
  const gathered: string[] = [];
  let length = 0;
  while (length <= MAX_GATHERED) {
    const piece = await pieces.next();
    if (piece.done === true) return respond(c, textResource(gathered.join(""), { contentType }));
    gathered.push(piece.value);
    length += piece.value.length;
  }
  const text = { contentType, cacheControl: "no-cache", etag: undefined };
  return respondStreamed(c, { ...text, parts: () => rest(gathered, pieces) });
}

async function* rest(gathered: string[], pieces: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield* gathered.splice(0);
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) yield piece.value;
  } finally {
    await pieces.return?.();
  }
}
