import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";

export interface CatalogAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface CatalogClientOptions {
  /** The catalog, as it was asked for; nothing outside of it is asked. */
  readonly base: URL;
  /** `?api-version=…` */
  readonly query?: Readonly<Record<string, string>>;
  /** What proves who asks; made anew for each request, for tokens end. */
  readonly headers: (options: CallOptions) => Promise<Readonly<Record<string, string>>>;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 4 * 1024 ** 2;

/** Requests below one catalog. No redirect is followed: a token must not travel on. */
export class CatalogClient {
  readonly #options: CatalogClientOptions;

  constructor(options: CatalogClientOptions) {
    this.#options = options;
  }

  /** @throws GatewayError upstream where it does not answer in time or not in JSON */
  async request(
    method: string,
    path: string,
    { body, ...options }: CallOptions & { readonly body?: Json } = {},
  ): Promise<CatalogAnswer> {
    const { timeoutMs = TIMEOUT_MS, headers, fetch: send = fetch } = this.#options;
    const url = this.#urlOf(path);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      const response = await send(url, {
        method,
        redirect: "manual",
        signal,
        headers: {
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(await headers(options)),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: jsonOf(await textOf(response)) };
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (isGatewayError(error)) throw error;
      throw new GatewayError(
        "upstream",
        `the catalog did not answer ${method} ${url.pathname}: ${messageOf(error)}`,
        {},
        error,
      );
    }
  }

  /** The status is one of these. @throws GatewayError upstream with what the catalog said */
  async expect(
    statuses: readonly number[],
    method: string,
    path: string,
    options: CallOptions & { readonly body?: Json } = {},
  ): Promise<CatalogAnswer> {
    const answer = await this.request(method, path, options);
    if (statuses.includes(answer.status)) return answer;
    throw refusal(method, path, answer);
  }

  /** A path below the catalog, or an address that the catalog gave, which has to lie below it too. */
  #urlOf(path: string): URL {
    const { base, query = {} } = this.#options;
    const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
    const root = new URL(folder, base);
    const url = new URL(path, root);
    if (url.origin !== root.origin || !url.pathname.startsWith(folder))
      throw new GatewayError("upstream", "the catalog names an address outside of itself");
    for (const [name, value] of Object.entries(query))
      if (!url.searchParams.has(name)) url.searchParams.set(name, value);
    return url;
  }
}

export function refusal(method: string, path: string, { status, body }: CatalogAnswer): GatewayError {
  const said = body === null ? "" : `: ${JSON.stringify(body).slice(0, 500)}`;
  return new GatewayError("upstream", `the catalog answered ${status} to ${method} ${path}${said}`, {
    status,
  });
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  const pieces: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined;
  if (pieces === undefined) return "";
  for await (const piece of pieces) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) throw new GatewayError("upstream", "the catalog's answer is too long");
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}

/** What is not JSON is told as it is: the page of a proxy says more than "not JSON". */
function jsonOf(text: string): Json {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch {
    return text.slice(0, 1000);
  }
}

export interface PollOptions extends CallOptions {
  readonly everyMs: number;
  readonly maxMs: number;
}

/** Asks for an operation until it has ended. @throws GatewayError upstream where it failed or takes too long */
export async function pollOperation(
  client: CatalogClient,
  location: string,
  { everyMs, maxMs, signal }: PollOptions,
): Promise<void> {
  const until = performance.now() + maxMs;
  for (;;) {
    const { body } = await client.expect([200, 202], "GET", location, { signal });
    const status = statusOf(body);
    if (status === "succeeded") return;
    if (status !== "pending" && status !== "running")
      throw new GatewayError(
        "upstream",
        `the catalog's operation ended as ${status}: ${JSON.stringify(body).slice(0, 1000)}`,
      );
    if (performance.now() + everyMs > until)
      throw new GatewayError(
        "upstream",
        `the catalog's operation has not ended after ${Math.round(maxMs / 1000)} s`,
      );
    await sleep(everyMs, undefined, signal ? { signal } : {});
  }
}

function statusOf(body: Json): string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "nothing";
  const { status } = body as { readonly status?: Json }; // neither null nor a list
  return typeof status === "string" ? status.toLowerCase() : "nothing";
}
