import type { Context } from "hono";
import { encodedResource } from "./documents.ts";
import type { Resource } from "./resource.ts";
import { respond } from "./respond.ts";
import { respondStreamed } from "./streamed-text.ts";

/** Text up to this length is gathered before it is sent; its length and its validator are then known. */
const MAX_GATHERED = 16 * 1024 * 1024;
/** Small pieces are put together to about this many characters: each write to a client costs more than its bytes. */
const PIECE_LENGTH = 64 * 1024;

export interface GatheredOptions {
  readonly contentType: string;
  /** Called with a text that was gathered whole, and its length in bytes: it may be kept, and said of it who may get it. */
  readonly made?: (resource: Resource, bytes: number) => Resource;
}

/**
 * Answers a GET or HEAD with a text that is made in pieces: whole, with `ETag`, ranges and length, where it is not too
 * long, else streamed in bounded memory. Pieces that are bytes are UTF-8. What fails in the beginning is the request's
 * failure.
 */
export async function respondGathered(
  c: Context,
  options: string | GatheredOptions,
  parts: AsyncIterable<string | Uint8Array>,
): Promise<Response> {
  const { contentType, made }: GatheredOptions =
    typeof options === "string" ? { contentType: options } : options;
  const pieces = new EncodedPieces(parts);
  const gathered: Uint8Array[] = [];
  let length = 0;
  while (length <= MAX_GATHERED) {
    const piece = await pieces.next();
    if (piece === undefined) {
      const resource = encodedResource(Buffer.concat(gathered), { contentType });
      return respond(c, made?.(resource, length) ?? resource);
    }
    gathered.push(piece);
    length += piece.length;
  }
  const text = { contentType, cacheControl: "no-cache", etag: undefined };
  return respondStreamed(c, { ...text, parts: () => rest(gathered, pieces) });
}

async function* rest(gathered: Uint8Array[], pieces: EncodedPieces): AsyncGenerator<Uint8Array> {
  try {
    yield* gathered.splice(0);
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) yield piece;
  } finally {
    await pieces.close();
  }
}

/**
 * Pieces of a text as bytes, larger ones. They are encoded at once: ten thousand texts that wait for the last of them
 * cost the garbage collector more than it costs to make them.
 */
class EncodedPieces {
  readonly #parts: AsyncIterator<string | Uint8Array>;
  #ready: Uint8Array | undefined;
  constructor(parts: AsyncIterable<string | Uint8Array>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /** Undefined after the last. */
  async next(): Promise<Uint8Array | undefined> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready !== undefined) return ready;
    let text = "";
    while (text.length < PIECE_LENGTH) {
      const part = await this.#parts.next();
      if (part.done === true) return text === "" ? undefined : Buffer.from(text);
      if (typeof part.value === "string") text += part.value;
      else if (text === "") return part.value;
      else {
        this.#ready = part.value;
        break;
      }
    }
    return Buffer.from(text);
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }
}
