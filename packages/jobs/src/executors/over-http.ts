import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError, messageOf } from "@zarr-gateway/primitives";
import type { StepContext } from "../definition.ts";
import type { Json } from "../json-value.ts";
import { type RunStep, stepRequest } from "./step-message.ts";

export interface HttpStepOptions {
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tries of one request that finds the server busy or away; 10 unless told. */
  readonly tries?: number;
  /** Pause after the first try, doubled up to a minute; `Retry-After` counts for more. */
  readonly pauseMs?: number;
  /** Milliseconds for one request; 30 s unless told. The step's own `timeoutMs` bounds all of them together. */
  readonly requestMs?: number;
  /** Pause between two looks at work that goes on, where `Retry-After` does not say; 2 s unless told. */
  readonly pollMs?: number;
  readonly fetch?: typeof fetch;
}

const DEFAULTS = { tries: 10, pauseMs: 1000, requestMs: 30_000, pollMs: 2000 };
const MAX_PAUSE_MS = 60_000;
/** Bytes of an answer: more is no value that a job could keep. */
const MAX_ANSWER = 4 << 20;
const CANCEL_MS = 5000;
/** Busy or away: the same request later may be answered. */
const AGAIN = new Set([429, 502, 503, 504]);

/**
 * Code behind HTTP. The `StepRequest` is posted; 200 answers with the output as JSON, 202 with a `Location` of the same
 * origin, which is looked at until it answers 200. A stopped attempt deletes that location. The same attempt carries the same
 * `Idempotency-Key`, so that a request that is tried again need not begin twice.
 * @throws GatewayError upstream for other answers, too_large
 */
export function overHttp(options: HttpStepOptions): RunStep {
  return async (input, settings, context) => {
    const call = new HttpCall(options, context);
    const body = JSON.stringify(stepRequest(input, settings, context));
    return call.run(body);
  };
}

class HttpCall {
  readonly #options: Required<HttpStepOptions>;
  readonly #context: StepContext;

  constructor(options: HttpStepOptions, context: StepContext) {
    this.#options = { ...DEFAULTS, headers: {}, fetch, ...options };
    this.#context = context;
  }

  async run(body: string): Promise<Json> {
    const { url } = this.#options;
    const { jobId, taskKey, stepName, attempt } = this.#context;
    const key = [jobId, taskKey, stepName, String(attempt)].map(encodeURIComponent).join("/");
    const headers = { "content-type": "application/json", "idempotency-key": key };
    const response = await this.#request(url, { method: "POST", headers, body });
    if (response.status === 200) return jsonOf(response);
    if (response.status !== 202) throw await refusal(response);
    const location = locationOf(response, url);
    await response.body?.cancel();
    return this.#polled(location, response);
  }

  async #polled(location: URL, first: Response): Promise<Json> {
    const { pollMs } = this.#options;
    const { signal } = this.#context;
    try {
      for (let last = first; ; ) {
        await sleep(retryAfter(last) ?? pollMs, undefined, { signal });
        last = await this.#request(location, { method: "GET" });
        if (last.status === 200) return await jsonOf(last);
        if (last.status !== 202) throw await refusal(last);
        await last.body?.cancel();
      }
    } catch (error) {
      if (signal.aborted) await this.#cancel(location);
      throw error;
    }
  }

  /** Best effort: who does not answer ends its work for nobody, and the fence refuses it. */
  async #cancel(location: URL): Promise<void> {
    const { headers } = this.#options;
    const init = {
      method: "DELETE",
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(CANCEL_MS),
    } as const;
    const response = await this.#options.fetch(location, init).catch(() => undefined);
    await response?.body?.cancel();
  }

  async #request(url: string | URL, init: RequestInit): Promise<Response> {
    const { tries, pauseMs } = this.#options;
    const { signal } = this.#context;
    for (let tried = 1; ; tried++) {
      const response = await this.#once(url, init);
      const isLast = tried >= tries;
      if (response instanceof Response) {
        if (!AGAIN.has(response.status) || isLast) return response;
        await response.body?.cancel();
      } else if (isLast) throw response;
      const pause = Math.min(MAX_PAUSE_MS, pauseMs * 2 ** (tried - 1)) * (0.5 + Math.random() / 2);
      const asked = response instanceof Response ? retryAfter(response) : undefined;
      await sleep(asked ?? pause, undefined, { signal });
    }
  }

  /** An answer, or why there was none. */
  async #once(url: string | URL, init: RequestInit): Promise<Response | GatewayError> {
    const { requestMs, headers } = this.#options;
    const { signal } = this.#context;
    try {
      return await this.#options.fetch(url, {
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string> | undefined) }, // made in this file
        // Where it leads nobody has allowed.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      });
    } catch (error) {
      signal.throwIfAborted();
      return new GatewayError(
        "upstream",
        `the step's server cannot be reached: ${messageOf(error)}`,
        {},
        error,
      );
    }
  }
}

function locationOf(response: Response, base: string | URL): URL {
  const location = URL.parse(response.headers.get("location") ?? "", String(base));
  if (location === null || response.headers.get("location") === null)
    throw new GatewayError(
      "upstream",
      "the step's server accepted the work, but said no Location to look at",
    );
  if (location.origin !== new URL(base).origin)
    throw new GatewayError("upstream", "the step's server names a Location of another origin");
  return location;
}

/** Milliseconds, from seconds or a date (RFC 9110 10.2.3), at most a minute. */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(MAX_PAUSE_MS, Math.max(0, ms));
}

async function jsonOf(response: Response): Promise<Json> {
  const text = await boundedText(response);
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch (error) {
    throw new GatewayError("upstream", "the step's server answered what is no JSON", {}, error);
  }
}

async function refusal(response: Response): Promise<GatewayError> {
  const text = await boundedText(response).catch(() => "");
  const said = text.trim().slice(0, 500);
  return new GatewayError("upstream", `the step's server answered ${response.status}${said && `: ${said}`}`);
}

async function boundedText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Node's bodies give bytes, whatever their types leave open.
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MAX_ANSWER)
      throw new GatewayError("too_large", `the step's server answered more than ${MAX_ANSWER} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
