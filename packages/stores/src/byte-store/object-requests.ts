import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";

/** An answer of an object store or web server, in HTTP's words. */
export interface ObjectAnswer {
  /** 200, 206, 304 or 416; to HEAD also 405 and 501, which only say "ask with GET". */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body, asked for once; undefined where it is longer than that. */
  gather(maxBytes: number): Promise<Uint8Array | undefined>;
  /** Lets go of a body that nobody wants, and of its connection where it is long. */
  discard(): Promise<void>;
}

export interface ObjectCall extends CallOptions {
  readonly method: "GET" | "HEAD";
  /** `range`, `if-match`, `if-none-match` */
  readonly headers: Readonly<Record<string, string>>;
}

/** How one kind of object store is asked; what the answers mean is the same for all. */
export interface ObjectRequests {
  /**
   * @returns undefined when the object is absent, and only then
   * @throws GatewayError forbidden, or upstream (`details.retryable` where asking again may help)
   */
  send(key: string, call: ObjectCall): Promise<ObjectAnswer | undefined>;
  /** Names directly below a folder ("" is the root); folders end in "/". */
  list?(folder: string, options: CallOptions): AsyncIterable<string>;
  /** False where `Range: bytes=-N` is not understood. */
  readonly hasSuffixRanges: boolean;
}

export interface Refusal {
  readonly status: number;
  /** The store's own word for it, such as "SlowDown". */
  readonly code?: string | undefined;
  readonly retryAfter?: string | undefined;
}

/** What a refused request means: never that the object is absent. */
export function refusalError(key: string, { status, code, retryAfter }: Refusal): GatewayError {
  const said = code === undefined ? String(status) : `${status} ${code}`;
  if (status === 412) return changedError(key);
  if (status === 401 || status === 403) {
    return new GatewayError("forbidden", `"${key}": the server refuses access (${said})`, { key, status });
  }
  const retryable = status === 429 || status === 408 || (status >= 500 && status !== 501);
  const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter);
  return new GatewayError("upstream", `"${key}": the server answered ${said}`, {
    key,
    status,
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

export function changedError(key: string): GatewayError {
  return new GatewayError("upstream", `"${key}" has changed while it was open, try again`, {
    key,
    changed: true,
  });
}

/** A failure on the way; the caller's own reason where the caller has left. */
export function networkError(key: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (isGatewayError(error)) return error;
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return new GatewayError(
    "upstream",
    `"${key}": the server could not be reached or broke off${code}: ${messageOf(error)}`,
    { key, retryable: true },
    error,
  );
}

/** Seconds or a date, RFC 9110 section 10.2.3; undefined for anything else. */
function parseRetryAfter(text: string): number | undefined {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** An answer that brought only a status. */
export function bodiless(status: number): ObjectAnswer {
  return { status, headers: {}, gather: async () => new Uint8Array(0), discard: async () => undefined };
}
