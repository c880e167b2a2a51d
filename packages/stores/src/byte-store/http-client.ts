import { type CallOptions, GatewayError, messageOf } from "@zarr-gateway/primitives";
import type { Dispatcher } from "undici";
import { isBelow } from "../location.ts";

/** A whole answer, read into memory. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface HttpClientOptions {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly allow: readonly URL[];
  readonly maxReadBytes: number;
}

interface HttpCall extends CallOptions {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const GOOD: ReadonlySet<number> = new Set([200, 206, 416]);
const ABSENT: ReadonlySet<number> = new Set([404, 410]);
/** Answers of a HEAD that only say "ask with GET". */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);

/** GET and HEAD with every answer sorted into: bytes, absent, failed for now, failed for good. */
export class HttpClient {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined when absent; otherwise status 200, 206 or 416 (and 405, 501 for HEAD)
   * @throws GatewayError forbidden, or upstream (`details.retryable` where asking again may help)
   */
  async request(method: "GET" | "HEAD", url: URL, call: HttpCall): Promise<HttpAnswer | undefined> {
    let target = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await this.#send(method, target, call);
      const { statusCode: status } = response;
      if (REDIRECTS.has(status)) {
        await discard(response);
        target = this.#redirected(response.headers["location"], target, call.key);
      } else if (ABSENT.has(status)) {
        await discard(response);
        return undefined;
      } else if (GOOD.has(status) || (method === "HEAD" && NO_HEAD.has(status))) {
        return {
          status,
          headers: textHeaders(response.headers),
          body: await this.#body(method, response, call),
        };
      } else {
        await discard(response);
        throw refusal(response, call.key);
      }
    }
    throw new GatewayError("upstream", `"${call.key}": more than ${MAX_REDIRECTS} redirects`, {
      key: call.key,
    });
  }

  async #send(method: "GET" | "HEAD", url: URL, call: HttpCall): Promise<Dispatcher.ResponseData> {
    const own = url.origin === this.#options.origin ? this.#options.headers : {};
    try {
      return await this.#options.dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        // an encoded body would make ranges and sizes mean something else
        headers: { "accept-encoding": "identity", ...own, ...call.headers },
        signal: call.signal ?? null,
      });
    } catch (error) {
      throw this.#networkError(error, call);
    }
  }

  async #body(
    method: "GET" | "HEAD",
    response: Dispatcher.ResponseData,
    call: HttpCall,
  ): Promise<Uint8Array> {
    const { key } = call;
    if (method === "HEAD") {
      await discard(response);
      return new Uint8Array(0);
    }
    const encoding = response.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      await discard(response);
      throw new GatewayError(
        "upstream",
        `"${key}" came with content encoding "${String(encoding)}", asked was none`,
        { key },
      );
    }
    const pieces: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const piece of response.body as AsyncIterable<Uint8Array>) {
        length += piece.length;
        if (length > this.#options.maxReadBytes) {
          throw new GatewayError(
            "upstream",
            `"${key}" is longer than the ${this.#options.maxReadBytes} bytes allowed`,
            { key },
          );
        }
        pieces.push(piece);
      }
    } catch (error) {
      throw error instanceof GatewayError ? error : this.#networkError(error, call);
    }
    return joined(pieces, length);
  }

  #redirected(location: string | string[] | undefined, from: URL, key: string): URL {
    const target = typeof location === "string" ? URL.parse(location, from.href) : null;
    if (!target) throw new GatewayError("upstream", `"${key}": a redirect without an address`, { key });
    if (!this.#options.allow.some((prefix) => isBelow(target, prefix))) {
      throw new GatewayError(
        "forbidden",
        `"${key}": a redirect to ${target.origin} leaves the allowed locations`,
        { key },
      );
    }
    return target;
  }

  #networkError(error: unknown, { key, signal }: HttpCall): unknown {
    if (signal?.aborted) return signal.reason;
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return new GatewayError(
      "upstream",
      `"${key}": the server could not be reached or broke off${code}: ${messageOf(error)}`,
      { key, retryable: true },
      error,
    );
  }
}

/** Reads a short body to its end, so that the connection can be used again; a long one is broken off. */
async function discard({ body }: Dispatcher.ResponseData): Promise<void> {
  const ignore = (): undefined => undefined; // nobody wants the body, so its failure is none
  body.on("error", ignore);
  await body.dump({ limit: 128 * 1024 }).catch(ignore);
}

function refusal(response: Dispatcher.ResponseData, key: string): GatewayError {
  const status = response.statusCode;
  if (status === 401 || status === 403) {
    return new GatewayError("forbidden", `"${key}": the server refuses access (${status})`, { key, status });
  }
  const retryable = status === 429 || status === 408 || (status >= 500 && status !== 501);
  const seconds = Number(response.headers["retry-after"]);
  return new GatewayError("upstream", `"${key}": the server answered ${status}`, {
    key,
    status,
    retryable,
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function textHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
