export interface CorsOptions {
  /** `*`, or the origins that may read; credentials are never allowed. */
  readonly origins: readonly string[];
}

const EXPOSED =
  "Content-Range, Content-Length, ETag, Accept-Ranges, Last-Modified, Server-Timing, Retry-After, X-Request-Id";
const ALLOWED_REQUEST_HEADERS =
  "Range, If-None-Match, If-Match, If-Range, If-Modified-Since, Authorization, Cache-Control, Content-Type, X-Request-Id, Idempotency-Key, Last-Event-ID";
const PREFLIGHT_SECONDS = "7200"; // the most that Chromium honours

/** Headers that let pages of other origins read answers. Written by hand: `hono/cors` takes most of the throughput. */
export interface Cors {
  /** For every answer, errors included. */
  headers(origin: string | null): Readonly<Record<string, string>>;
  /** Beside those, for an OPTIONS preflight. */
  preflightHeaders(methods: string): Readonly<Record<string, string>>;
}

export function createCors({ origins }: CorsOptions): Cors {
  const open = Object.freeze({
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
  });
  const closed = Object.freeze({ Vary: "Origin", "X-Content-Type-Options": "nosniff" });
  const allowed = new Map(
    origins.map((origin) => [
      origin,
      Object.freeze({ ...open, "Access-Control-Allow-Origin": origin, Vary: "Origin" }),
    ]),
  );
  const isOpen = origins.includes("*");
  return {
    headers: (origin) => (isOpen ? open : ((origin === null ? undefined : allowed.get(origin)) ?? closed)),
    preflightHeaders: (methods) => ({
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": ALLOWED_REQUEST_HEADERS,
      "Access-Control-Max-Age": PREFLIGHT_SECONDS,
    }),
  };
}
