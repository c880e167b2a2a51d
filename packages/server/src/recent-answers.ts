import type { IncomingMessage, ServerResponse } from "node:http";
import type { ShareableAnswer } from "@zarr-gateway/http";

export interface RecentAnswersOptions {
  readonly maxBytes: number;
  /** How long an answer is given again; it adds to the time after which a change shows. */
  readonly keepMs: number;
  readonly requestId: () => string;
  readonly onAnswer: (route: string, seconds: number, bytes: number) => void;
}

interface Recent {
  /** Names and values in turn, which is what Node writes fastest. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  readonly route: string;
  readonly until: number;
}

/** One answer must not push out all others. */
const MAX_SHARE = 1 / 8;
/** Headers that make a request more than "give me this URL": such a request goes the whole way. */
const PARTICULAR = [
  "range",
  "if-none-match",
  "if-match",
  "if-range",
  "origin",
  "authorization",
  "cookie",
  "x-request-id",
  "expect",
  "transfer-encoding",
] as const;

/**
 * Whole answers of the last moments, given again before routing. Under load most requests ask for what somebody asked
 * a moment ago (the metadata of a store, a coordinate, the chunk of a map tile); each then costs little more than
 * writing it. Bodies are shared with the caches they come from, not copied.
 */
export class RecentAnswers {
  readonly #options: RecentAnswersOptions;
  readonly #answers = new Map<string, Recent>();
  #bytes = 0;

  constructor(options: RecentAnswersOptions) {
    this.#options = options;
  }

  /** True when the request is answered. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    if (this.#answers.size === 0 || incoming.method !== "GET") return false;
    const found = this.#find(incoming);
    if (found === undefined) return false;
    const { headers, body, route } = found;
    outgoing.writeHead(200, [...headers, "X-Request-Id", this.#options.requestId()]);
    outgoing.end(body);
    this.#options.onAnswer(route, 0, body.length);
    return true;
  }

  /** Remembers an answer that the whole way has given. */
  keep(url: string, acceptEncoding: string | null, route: string, { headers, body }: ShareableAnswer): void {
    if (body.length >= this.#options.maxBytes * MAX_SHARE) return;
    const key = keyOf(url, headers["Vary"] === undefined ? undefined : (acceptEncoding ?? ""));
    this.#forget(key);
    const until = performance.now() + this.#options.keepMs;
    this.#answers.set(key, { headers: Object.entries(headers).flat(), body, route, until });
    this.#bytes += body.length;
    this.#makeRoom();
  }

  #find({ url = "", headers }: IncomingMessage): Recent | undefined {
    for (const name of PARTICULAR) if (headers[name] !== undefined) return undefined;
    return (
      this.#fresh(keyOf(url, undefined)) ??
      this.#fresh(keyOf(url, headers["accept-encoding"]?.toString() ?? ""))
    );
  }

  #fresh(key: string): Recent | undefined {
    const found = this.#answers.get(key);
    if (found === undefined || performance.now() < found.until) return found;
    this.#forget(key);
    return undefined;
  }

  /** The oldest first: whatever has passed its time, then until the rest fits. */
  #makeRoom(): void {
    const now = performance.now();
    for (const [key, { until }] of this.#answers) {
      if (this.#bytes <= this.#options.maxBytes && now < until) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const known = this.#answers.get(key);
    if (known === undefined) return;
    this.#answers.delete(key);
    this.#bytes -= known.body.length;
  }
}

/** Compressed documents differ by what the client accepts, chunks do not. */
function keyOf(url: string, acceptEncoding: string | undefined): string {
  return acceptEncoding === undefined ? url : `${acceptEncoding}\n${url}`;
}
