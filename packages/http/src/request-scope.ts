import type { CallOptions, Timings } from "@zarr-gateway/primitives";
import { countedBody } from "./counted-body.ts";

/**
 * What the server knows of one request and an answer needs. It travels as Hono's `c.env`;
 * an app that is called without a server (in a test) has none, and answers the same without these headers.
 */
export abstract class RequestScope {
  /** On every answer: CORS and the like. */
  abstract readonly headers: Readonly<Record<string, string>>;
  abstract readonly requestId: string;
  /** Address of who asks; behind trusted proxies the one that they name. */
  abstract readonly client: string | undefined;
  /** Whether it came through a proxy whose headers are believed. */
  abstract readonly isProxied: boolean;
  /** The answer that already carries `headers`, so that the server need not add them. */
  answer: Response | undefined = undefined;
  /** Bytes of that answer's body, for the log; of one that is streamed those that were taken so far. */
  bodyBytes = 0;
  /** A whole answer to a plain GET that others who ask the same URL may get too. */
  shareable: ShareableAnswer | undefined = undefined;
  /** Waits until so many bytes may be held for slow readers; released when the answer is through. */
  abstract reserve(bytes: number, options: CallOptions): Promise<void> | undefined;
  /** What follows lasts and costs next to nothing: its turn goes to others. False where too many are held already. */
  abstract hold(): boolean;
  /** Bytes that belong to this answer alone: their memory is given back when they are sent, without the garbage collector. */
  abstract freeOnceSent(bytes: Uint8Array): void;
  /** The body broke off after its head was sent: the connection must not look complete. True when it was cut. */
  abstract cutOff(error: unknown): boolean;
}

export interface ShareableAnswer {
  /** All headers but the id of the request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** As of the resource and its stat. */
  readonly kept?: (() => Uint8Array | undefined) | undefined;
  readonly isCurrent?: (() => boolean) | undefined;
  readonly freshUntil?: number | undefined;
  /** Looks again: until when the answer holds now, 0 where it holds no longer. Absent without `freshUntil`. */
  readonly check?: (() => Promise<number>) | undefined;
}

/** The little of Hono's Context that an answer without a resource needs. */
export interface Asked {
  readonly env: unknown;
  readonly req: { readonly method: string; header?(name: string): string | undefined };
}

export function scopeOf(c: { readonly env: unknown }): RequestScope | undefined {
  return c.env instanceof RequestScope ? c.env : undefined;
}

/** Call options whose signal is made only when somebody asks: most answers come from memory. */
export function callOptionsOf(
  request: Request,
  scope?: RequestScope,
): CallOptions & { readonly timings: ServerTimings } {
  return new RequestCallOptions(request, scope);
}

/** What an answer cost, in the words of its `Server-Timing` header (W3C Server Timing §2). */
export class ServerTimings implements Timings {
  /** "" where nothing was taken down. */
  header = "";

  add(name: string, ms?: number, note?: string): void {
    if (this.header !== "") this.header += ", ";
    this.header += name;
    if (note !== undefined) this.header += `;desc=${note}`;
    if (ms !== undefined) this.header += `;dur=${Math.round(ms * 1000) / 1000}`;
  }
}

class RequestCallOptions implements CallOptions {
  readonly timings = new ServerTimings();
  readonly #request: Request;
  readonly #scope: RequestScope | undefined;
  constructor(request: Request, scope: RequestScope | undefined) {
    this.#request = request;
    this.#scope = scope;
  }
  get signal(): AbortSignal {
    return this.#request.signal;
  }
  get client(): string | undefined {
    return this.#scope?.client;
  }
  get isReadNext(): boolean {
    const { method, headers } = this.#request;
    return method === "GET" && !WITHOUT_BODY.some((name) => headers.has(name));
  }
}

/** With one of these an answer may need less than the whole. */
const WITHOUT_BODY = ["if-none-match", "if-match", "range"] as const;

/** Headers of an answer, the scope's included; remembers nothing. */
export function answerHeaders(
  scope: RequestScope | undefined,
  headers: Record<string, string>,
): Record<string, string> {
  if (scope === undefined) return headers;
  const all: Record<string, string> = { ...scope.headers, "X-Request-Id": scope.requestId, ...headers };
  const vary = scope.headers["Vary"];
  if (vary !== undefined && headers["Vary"] !== undefined) all["Vary"] = `${vary}, ${headers["Vary"]}`;
  return all;
}

/** The one place where a Response is made: plain header objects are what node-server writes fastest. */
export function createAnswer(
  scope: RequestScope | undefined,
  status: number,
  headers: Record<string, string>,
  body: Uint8Array | string | ReadableStream<Uint8Array> | null,
): Response {
  const counted =
    scope !== undefined && body instanceof ReadableStream
      ? countedBody(body, (bytes) => {
          scope.bodyBytes += bytes;
        })
      : body;
  const response = new Response(counted as ConstructorParameters<typeof Response>[0], {
    status,
    headers: answerHeaders(scope, headers),
  }); // a Uint8Array here never lies on shared memory
  if (scope !== undefined) {
    scope.answer = response;
    const isKnown = body !== null && counted === body;
    scope.bodyBytes = isKnown ? Number(headers["Content-Length"] ?? 0) : 0;
  }
  return response;
}
