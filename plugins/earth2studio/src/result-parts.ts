import { randomBytes } from "node:crypto";
import { createAnswer, formatContentRange, scopeOf } from "@zarr-gateway/http";
import type { FileRange, ResultFile } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Context } from "hono";

/** One read of a file on its way to a client. */
const PIECE_BYTES = 1024 * 1024;

interface Asked {
  readonly file: ResultFile;
  readonly parts: readonly FileRange[];
  /** That every answer with bytes of this file has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** 206 with one part as it is, with several as `multipart/byteranges` (RFC 9110 §15.3.7.2, §14.6). */
export function answerParts(c: Context, { file, parts, headers }: Asked, options: CallOptions): Response {
  const scope = scopeOf(c);
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) {
    const single = {
      ...headers,
      "Content-Type": file.mediaType,
      "Content-Length": String(only.length),
      "Content-Range": formatContentRange(only.offset, only.length, file.size),
    };
    return createAnswer(scope, 206, single, streamed(filePieces(file, only, options)));
  }
  const boundary = randomBytes(12).toString("hex");
  const sections = parts.map((part) => ({ part, head: Buffer.from(sectionHead(file, part, boundary)) }));
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const length = sections.reduce((sum, { part, head }) => sum + head.length + part.length, end.length);
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
  return createAnswer(scope, 206, several, streamed(pieces()));
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
  for (let at = offset; at < offset + length; at += PIECE_BYTES)
    yield file.read({ offset: at, length: Math.min(PIECE_BYTES, offset + length - at) }, options);
}

/** Reads the next piece only when the client has taken the last one. */
function streamed(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
