import type { CallOptions } from "@zarr-gateway/primitives";
import type { Resource } from "./resource.ts";

/** A file of any size that keeps its bytes, wherever it lies. */
export interface SentFile {
  readonly size: number;
  readonly mediaType: string;
  /** Strong validator without quotes; same value, same bytes. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly givesExclusive?: boolean;
  /** Exactly these bytes, at most 4 MiB at once. */
  read(
    range: { readonly offset: number; readonly length: number },
    options?: CallOptions,
  ): Promise<Uint8Array>;
}

const PIECE_BYTES = 4 * 1024 * 1024;
/** Files that others wrote may be pages: they run nothing and are of no origin. */
const UNTRUSTED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** For `respond`: GET, HEAD, ranges and validators; large bodies are read while they are sent. */
export function fileResource(
  file: SentFile,
  { headers }: { readonly headers?: Readonly<Record<string, string>> } = {},
): Resource {
  const { size, mediaType, version, modifiedAt, givesExclusive = false } = file;
  return {
    contentType: mediaType,
    cacheControl: "no-cache",
    givesExclusive,
    headers: { "Content-Security-Policy": UNTRUSTED, ...headers },
    stat: () => ({ size, etag: version, modifiedAt }),
    read: (range, options) => readPieces(file, range ?? { offset: 0, length: size }, options),
  };
}

async function readPieces(
  file: SentFile,
  { offset, length }: { readonly offset: number; readonly length: number },
  options: CallOptions,
): Promise<Uint8Array> {
  if (length <= PIECE_BYTES) return file.read({ offset, length }, options);
  const pieces: Uint8Array[] = [];
  for (let done = 0; done < length; done += PIECE_BYTES) {
    const piece = { offset: offset + done, length: Math.min(PIECE_BYTES, length - done) };
    pieces.push(await file.read(piece, options));
  }
  return Buffer.concat(pieces);
}
