import { randomBytes } from "node:crypto";
import { createAnswer, formatContentRange, type RequestScope, scopeOf } from "@zarr-gateway/http";
import type { FileRange, ResultFile } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";

/** One read of a file on its way to a client. */
const PIECE_BYTES = 1024 * 1024;
/** One piece on its way, one being read. */
const HELD_BYTES = 2 * PIECE_BYTES;

interface Asked {
  readonly file: ResultFile;
  readonly parts: readonly FileRange[];
  /** That every answer with bytes of this file has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** 206 with one part as it is, with several as `multipart/byteranges` (RFC 9110 §15.3.7.2, §14.6). */
export function answerParts(c: Context, { file, parts, headers }: Asked, options: CallOptions): Response {
  const scope = scopeOf(c);
  const held: Held = { scope, bytes: Math.min(HELD_BYTES, totalOf(parts)), options };
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) {
    const single = {
      ...headers,
      "Content-Type": file.mediaType,
      "Content-Length": String(only.length),
      "Content-Range": formatContentRange(only.offset, only.length, file.size),
    };
    return createAnswer(scope, 206, single, streamed(filePieces(file, only, options), held));
  }
  const boundary = randomBytes(12).toString("hex");
  const sections = parts.map((part) => ({ part, head: Buffer.from(sectionHead(file, part, boundary)) }));
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const length = sections.reduce((sum, { head }) => sum + head.length, end.length + totalOf(parts));
  const several = {
    ...headers,
    "Content-Type": `multipart/byteranges; boundary=${boundary}`,
    "Content-Length": String(length),
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const { part, head } of sections) {
      yield head;
      yield* filePieces(file, part, options);
    }
    yield end;
  }
  return createAnswer(scope, 206, several, streamed(pieces(), held));
}

function sectionHead(file: ResultFile, { offset, length }: FileRange, boundary: string): string {
  const range = formatContentRange(offset, length, file.size);
  return `\r\n--${boundary}\r\nContent-Type: ${file.mediaType}\r\nContent-Range: ${range}\r\n\r\n`;
}

async function* filePieces(
  file: ResultFile,
  { offset, length }: FileRange,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < offset + length; at += PIECE_BYTES) {
    const expected = Math.min(PIECE_BYTES, offset + length - at);
    const bytes = await file.read({ offset: at, length: expected }, options);
    if (bytes.length !== expected)
      throw new GatewayError("upstream", `${expected} bytes were expected and ${bytes.length} came`);
    yield bytes;
  }
}

function totalOf(parts: readonly FileRange[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** What a body takes of the memory that all of them share. */
interface Held {
  readonly scope: RequestScope | undefined;
  readonly bytes: number;
  readonly options: CallOptions;
}

/** Reads the next piece only when the client has taken the last one; a failed read cuts the connection. */
function streamed(
  pieces: AsyncGenerator<Uint8Array>,
  { scope, bytes, options }: Held,
): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (isFirst) await scope?.reserve(bytes, options);
          isFirst = false;
          const next = await pieces.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          // with the connection gone there is nobody left to tell; without one the reader must learn of it
          if (scope?.cutOff(error) !== true) controller.error(error);
        }
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
