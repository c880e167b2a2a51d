import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { Agent, type Dispatcher } from "undici";
import type { ByteRange, ByteStat, ByteStore } from "../byte-store.ts";
import { locationBelow } from "../location.ts";
import { assertStoreKey, resolveRange } from "../store-key.ts";
import { retried } from "../wrap/retried.ts";
import { type HttpAnswer, HttpClient } from "./http-client.ts";

export interface HttpStoreOptions {
  /** Sent to the store's own origin only, never to where it redirects. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Redirects are followed only to addresses below these; below the base alone where absent. */
  readonly allow?: readonly URL[];
  /** Longest single answer. */
  readonly maxReadBytes?: number;
  /** Silence after which a request fails. */
  readonly timeoutMs?: number;
  readonly maxConnections?: number;
  /** Requests per call, the first included. */
  readonly attempts?: number;
  /** Wait before the second attempt; twice as long before each further one. */
  readonly backoffMs?: number;
  /** Connections shared with other stores; an own pool where absent. */
  readonly dispatcher?: Dispatcher;
}

type GetOptions = CallOptions & { readonly range?: ByteRange };

/** Objects below an address. 404 and 410 are absent; every other refusal or network failure throws. */
export function httpStore(baseUrl: URL, options: HttpStoreOptions = {}): ByteStore {
  const { attempts, backoffMs } = options;
  return retried(new HttpStore(baseUrl, options), {
    ...(attempts === undefined ? {} : { attempts }),
    ...(backoffMs === undefined ? {} : { backoffMs }),
  });
}

/** A pool of connections for `httpStore`, with bounds on waiting and on their number. */
export function httpAgent(options: Pick<HttpStoreOptions, "timeoutMs" | "maxConnections"> = {}): Dispatcher {
  const timeoutMs = options.timeoutMs ?? 30_000;
  return new Agent({
    connections: options.maxConnections ?? 32,
    connect: { timeout: Math.min(timeoutMs, 10_000) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 10_000,
  });
}

class HttpStore implements ByteStore {
  readonly #base: URL;
  readonly #client: HttpClient;
  readonly #ownDispatcher: Dispatcher | undefined;

  constructor(base: URL, options: HttpStoreOptions) {
    this.#base = base;
    this.#ownDispatcher = options.dispatcher ? undefined : httpAgent(options);
    this.#client = new HttpClient({
      // one of the two is set
      dispatcher: options.dispatcher ?? (this.#ownDispatcher as Dispatcher),
      headers: options.headers ?? {},
      origin: base.origin,
      allow: options.allow ?? [base],
      maxReadBytes: options.maxReadBytes ?? 1024 ** 3,
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(
    key: string,
    { range, signal }: GetOptions = {},
  ): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
    assertStoreKey(key);
    if (range) resolveRange(range, 0); // refuses what is no range
    if (range && ("suffix" in range ? range.suffix : range.length) === 0) {
      const stat = await this.stat(key, { signal }); // HTTP has no empty range
      return stat && { bytes: new Uint8Array(0), stat };
    }
    const headers = range ? { range: formatRange(range) } : {};
    const answer = await this.#client.request("GET", this.#url(key), { key, headers, signal });
    if (!answer) return undefined;
    if (answer.status === 416) {
      // nothing there to read: past the end, or a suffix of an empty object
      return { bytes: new Uint8Array(0), stat: statOf(answer, totalOf(answer) ?? 0) };
    }
    if (answer.status !== 206 || !range) {
      const { offset, length } = resolveRange(range, answer.body.length);
      return {
        bytes: answer.body.subarray(offset, offset + length),
        stat: statOf(answer, answer.body.length),
      };
    }
    return { bytes: answer.body, stat: statOf(answer, partSize(answer, range, key)) };
  }

  async stat(key: string, { signal }: CallOptions = {}): Promise<ByteStat | undefined> {
    assertStoreKey(key);
    const answer = await this.#client.request("HEAD", this.#url(key), { key, headers: {}, signal });
    if (!answer) return undefined;
    const length = answer.headers["content-length"];
    if (answer.status === 200 && length !== undefined && /^\d+$/.test(length)) {
      return statOf(answer, Number(length));
    }
    // a server without HEAD, or one that does not tell the length there
    return (await this.getWithStat(key, { range: { offset: 0, length: 1 }, signal }))?.stat;
  }

  async close(): Promise<void> {
    await this.#ownDispatcher?.close();
  }

  #url(key: string): URL {
    return locationBelow(this.#base, key);
  }
}

function formatRange(range: ByteRange): string {
  return "suffix" in range
    ? `bytes=-${range.suffix}`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

function statOf(answer: HttpAnswer, size: number): ByteStat {
  const etag = answer.headers["etag"];
  const version = etag ?? answer.headers["last-modified"];
  const modifiedAt = Date.parse(answer.headers["last-modified"] ?? "");
  return {
    size,
    ...(version !== undefined && { version: `${version} ${size}` }),
    ...(etag !== undefined && { etag }),
    ...(!Number.isNaN(modifiedAt) && { modifiedAt }),
  };
}

/** Size of the whole object in `Content-Range: bytes 0-9/100` or `bytes *​/100`. */
function totalOf(answer: HttpAnswer): number | undefined {
  const total = /\/(\d+)$/.exec(answer.headers["content-range"] ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** Checks that the part is the one asked for; a proxy that sends another must not become data. */
function partSize(answer: HttpAnswer, range: ByteRange, key: string): number {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers["content-range"] ?? "");
  const [first, last, total] = (match ?? []).slice(1).map(Number);
  if (first !== undefined && last !== undefined && total !== undefined) {
    const expected = resolveRange(range, total);
    const isExpected = first === expected.offset && last - first + 1 === expected.length;
    if (isExpected && answer.body.length === expected.length) return total;
  }
  throw new GatewayError("upstream", `"${key}": the server answered another range than the one asked for`, {
    key,
  });
}
