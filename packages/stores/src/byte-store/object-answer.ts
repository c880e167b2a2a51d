import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat } from "../byte-store.ts";
import { resolveRange } from "../store-key.ts";
import { networkError, type ObjectAnswer } from "./object-requests.ts";

type Headers = ObjectAnswer["headers"];

/** What the headers of an answer tell about an object of this size. */
export function statOf({ headers }: Pick<ObjectAnswer, "headers">, size: number): ByteStat {
  const { etag } = headers;
  const version = etag ?? headers["last-modified"];
  const modifiedAt = Date.parse(headers["last-modified"] ?? "");
  return {
    size,
    ...(version !== undefined && { version: `${version} ${size}` }),
    ...(etag !== undefined && { etag }),
    ...(!Number.isNaN(modifiedAt) && { modifiedAt }),
  };
}

/** Size of the whole object in `Content-Range: bytes 0-9/100` or `bytes *​/100`. */
export function totalOf(headers: Headers): number | undefined {
  const total = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/**
 * Size of the whole object of which a part came.
 * @throws GatewayError upstream when it is not the part asked for: a proxy that sends another must not become data
 */
export function partSize(
  headers: Headers,
  { range, key, length }: { readonly range: ByteRange; readonly key: string; readonly length: number },
): number {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "");
  const [first, last, total] = (match ?? []).slice(1).map(Number);
  if (first !== undefined && last !== undefined && total !== undefined) {
    const expected = resolveRange(range, total);
    const isExpected = first === expected.offset && last - first + 1 === expected.length;
    if (isExpected && length === expected.length) return total;
  }
  throw new GatewayError("upstream", `"${key}": the server answered another range than the one asked for`, {
    key,
  });
}

/** Headers as text, lower-case names; several of one name joined. */
export function textHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

/**
 * The whole body.
 * @throws GatewayError upstream when it is longer than allowed, or shorter than it was announced
 */
export async function readBody(
  answer: ObjectAnswer,
  { key, signal, maxBytes }: CallOptions & { readonly key: string; readonly maxBytes: number },
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await answer.gather(maxBytes);
  } catch (error) {
    throw networkError(key, error, signal);
  }
  if (bytes === undefined) {
    throw new GatewayError("upstream", `"${key}" is longer than the ${maxBytes} bytes allowed`, { key });
  }
  const announced = answer.headers["content-length"];
  if (announced !== undefined && Number(announced) !== bytes.length) {
    const message = `"${key}" broke off after ${bytes.length} of ${announced} bytes`;
    throw new GatewayError("upstream", message, { key, retryable: true });
  }
  return bytes;
}

const PAGE = /^[\s\u00ef\u00bb\u00bf]*<(?:!doctype html|html|head|body)\b/i;

/**
 * @throws GatewayError upstream for a web page in place of an object: what proxies and some web servers answer with 200
 *   where they should refuse. Its type alone says nothing: some servers call everything they do not know a page.
 */
export function assertNoPage(
  { headers }: Pick<ObjectAnswer, "headers">,
  { key, bytes }: { readonly key: string; readonly bytes: Uint8Array },
): void {
  if (!headers["content-type"]?.startsWith("text/html") || /\.x?html?$/i.test(key)) return;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString("latin1");
  if (!PAGE.test(start)) return;
  throw new GatewayError("upstream", `"${key}": the server answered with a web page`, { key });
}

/** `gather` and `discard` of an answer whose body is a stream, or none. */
export function streamedBody(
  stream: (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined,
): Pick<ObjectAnswer, "gather" | "discard"> {
  return {
    async gather(maxBytes) {
      const pieces: Uint8Array[] = [];
      let length = 0;
      for await (const piece of stream ?? []) {
        length += piece.length;
        if (length > maxBytes) return undefined; // which ends the stream
        pieces.push(piece);
      }
      return joined(pieces, length);
    },
    discard: async () => stream?.destroy(),
  };
}

/** One buffer of its own: a piece would keep all that came with it from the network. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
