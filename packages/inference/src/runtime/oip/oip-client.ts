import { setTimeout as wait } from "node:timers/promises";
import {
  type CallOptions,
  createLimiter,
  GatewayError,
  type Limiter,
  plainLine,
} from "@zarr-gateway/primitives";
import type { Client } from "undici";
import { isRecord } from "./model-metadata.ts";
import {
  type AnswerHeaders,
  BrokenOff,
  type OipAnswer,
  type OipCall,
  oipConnection,
  send,
} from "./oip-requests.ts";

export interface OipClientOptions {
  readonly url: string;
  /** Requests at once, each on its own connection; 4 where absent. */
  readonly maxConcurrent?: number;
  /** For one answer, attempts and waits between them included; two minutes where absent. */
  readonly timeoutMs?: number;
  /** Further attempts after a refusal that may pass; 3 where absent. */
  readonly retries?: number;
  /** Wait before the second attempt, twice as long before each further one; 200 where absent. */
  readonly backoffMs?: number;
  /** Sent with every request: credentials. Never shown. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OipQuestion extends Pick<OipCall, "method" | "path" | "pieces" | "maxBytes"> {
  /** For messages: `model "drift"`. */
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 120_000;
/** Requests that may wait for one of the connections. */
const MAX_WAITING = 1000;
/** Refusals that another attempt may be spared (RFC 9110 §15.6.3 to §15.6.5, RFC 6585 §4). */
const PASSING = new Set([429, 502, 503, 504]);

/** Asks one server, again where that is safe, and says in the project's words what went wrong. */
export class OipClient {
  /** Without path and credentials. */
  readonly origin: string;
  readonly #base: string;
  readonly #options: OipClientOptions;
  readonly #connections = new Set<Client>();
  /** Those that nobody uses: the one used last is used next, others have been idle for longer. */
  readonly #idle: Client[] = [];
  readonly #limiter: Limiter;
  readonly #closed = new AbortController();

  constructor(options: OipClientOptions) {
    const url = parseUrl(options.url);
    this.origin = url.origin;
    this.#base = url.pathname.replace(/\/+$/, "");
    this.#options = options;
    const { maxConcurrent = 4 } = options;
    this.#limiter = createLimiter(maxConcurrent, MAX_WAITING);
  }

  /** @throws GatewayError model_failed, model_timeout, overloaded; the signal's reason where the caller has left */
  async ask(question: OipQuestion, { signal }: CallOptions = {}): Promise<OipAnswer> {
    signal?.throwIfAborted();
    if (this.#closed.signal.aborted) throw closedError(question);
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    // by hand: AbortSignal.any and timeout cost as much as all else of a small request
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    const onClose = (): void => controller.abort(closedError(question));
    const message = `${question.subject}: no answer within ${timeoutMs} ms`;
    const timer = setTimeout(() => controller.abort(new GatewayError("model_timeout", message)), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#closed.signal.addEventListener("abort", onClose, { once: true });
    const call = { signal: controller.signal };
    try {
      return await this.#limiter.run(() => this.#attempts(question, call.signal), call);
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#closed.signal.removeEventListener("abort", onClose);
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#connections].map((connection) => connection.destroy()));
  }

  async #attempts(question: OipQuestion, signal: AbortSignal): Promise<OipAnswer> {
    const { retries = 3, backoffMs = 200, timeoutMs = TIMEOUT_MS } = this.#options;
    const end = performance.now() + timeoutMs;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#attempt(question, signal);
      if (!("error" in outcome)) return outcome;
      if (attempt >= retries || !outcome.mayPass) throw outcome.error;
      // up to a half more, so that callers who failed together do not return together
      const backoff = backoffMs * 2 ** attempt * (1 + Math.random() / 2);
      const pause = Math.max(backoff, outcome.askedToWaitMs);
      if (performance.now() + pause > end) throw outcome.error;
      await wait(pause, undefined, { signal });
    }
  }

  async #attempt(question: OipQuestion, signal: AbortSignal): Promise<OipAnswer | Refusal> {
    const { headers: own } = this.#options;
    const { path, headers, ...call } = question;
    const request = { ...call, path: this.#base + path, headers: { ...own, ...headers }, signal };
    const connection = this.#idle.pop() ?? this.#connect();
    try {
      const answer = await send(connection, this.origin, request);
      return answer.status === 200 ? answer : refusal(question, answer);
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      const reason = error.isUnsent ? "the server cannot be reached" : "the server broke off";
      return {
        error: failed(question, `${reason}: ${error.message}`, error),
        mayPass: error.isUnsent,
        askedToWaitMs: 0,
      };
    } finally {
      this.#idle.push(connection);
    }
  }

  #connect(): Client {
    const connection = oipConnection(this.origin);
    this.#connections.add(connection);
    return connection;
  }
}

function closedError(question: OipQuestion): GatewayError {
  return failed(question, "the connection to the server was closed");
}

interface Refusal {
  readonly error: GatewayError;
  readonly mayPass: boolean;
  readonly askedToWaitMs: number;
}

function refusal(question: OipQuestion, { status, headers, body }: OipAnswer): Refusal {
  if (status >= 300 && status < 400) {
    const error = failed(question, `the server answered ${status}, redirects are not followed`);
    return { error, mayPass: false, askedToWaitMs: 0 };
  }
  const reason = errorText(body);
  const error = failed(
    question,
    `the server answered ${status}${reason === undefined ? "" : `: ${reason}`}`,
    undefined,
    {
      status,
    },
  );
  return { error, mayPass: PASSING.has(status), askedToWaitMs: retryAfterMs(headers) };
}

/** `error` (Open Inference Protocol §Inference Response JSON Error Object), or `detail` as FastAPI servers say it. */
function errorText(body: Uint8Array): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined; // a page of some proxy: says nothing to a client
  }
  const text = isRecord(document) ? (document["error"] ?? document["detail"]) : undefined;
  return typeof text === "string" && text !== "" ? plainLine(text, 300) : undefined;
}

/** Seconds or a date, RFC 9110 §10.2.3; 0 for anything else. */
function retryAfterMs(headers: AnswerHeaders): number {
  const text = headers["retry-after"];
  if (typeof text !== "string") return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

function failed(
  { subject }: OipQuestion,
  reason: string,
  cause?: unknown,
  details: Readonly<Record<string, unknown>> = {},
): GatewayError {
  return new GatewayError("model_failed", `${subject}: ${reason}`, details, cause);
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  const isPlain =
    url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (isPlain) return url;
  // the text itself may hold a password
  const message =
    "the address of an inference server is http(s)://host[:port][/path], credentials go into headers";
  throw new GatewayError("invalid_request", message);
}
