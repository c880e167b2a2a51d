import { assertHostAllowed, type CallOptions, GatewayError, type HostTrust } from "@zarr-gateway/primitives";
import type { Dispatcher } from "undici";
import { isBelow, isNamedBy, locationBelow } from "../location.ts";
import { dispatched } from "./dispatched.ts";
import {
  networkError,
  type ObjectAnswer,
  type ObjectCall,
  type ObjectRequests,
  refusalError,
} from "./object-requests.ts";

export interface HttpRequestsOptions {
  readonly base: URL;
  readonly allow: readonly URL[];
  readonly dispatcher: (trust: HostTrust) => Dispatcher;
  /** Headers for one address; asked again at each redirect, so that secrets go only where they belong. */
  readonly headersFor: (url: URL, options: CallOptions) => Promise<Readonly<Record<string, string>>>;
  /** What a body that comes with 404 says; absent is believed where there is no such function. */
  readonly assertAbsent?: (body: string, key: string) => void;
  readonly list?: NonNullable<ObjectRequests["list"]>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const GOOD: ReadonlySet<number> = new Set([200, 206, 304, 416]);
const ABSENT: ReadonlySet<number> = new Set([404, 410]);
/** Answers of a HEAD that only say "ask with GET". */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);
/** What a server says in words about an absent object. */
const MAX_REFUSAL_BYTES = 128 * 1024;

/** GET and HEAD with every answer sorted into: bytes, absent, failed for now, failed for good. */
export function httpRequests(options: HttpRequestsOptions): ObjectRequests {
  return {
    hasSuffixRanges: true,
    send: (key, call) => sendFollowing(options, key, call),
    ...(options.list && { list: options.list }),
  };
}

async function sendFollowing(
  options: HttpRequestsOptions,
  key: string,
  call: ObjectCall,
): Promise<ObjectAnswer | undefined> {
  let target = locationBelow(options.base, key);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await sendOnce(options, target, { key, call });
    const { status, headers } = answer;
    if (REDIRECTS.has(status)) {
      await answer.discard();
      target = redirected(options.allow, { location: headers["location"], from: target, key });
    } else if (ABSENT.has(status)) {
      await assertAbsent(answer, key, { options, signal: call.signal });
      return undefined;
    } else if (GOOD.has(status) || (call.method === "HEAD" && NO_HEAD.has(status))) {
      await assertUnencoded(answer, key);
      return answer;
    } else {
      await answer.discard();
      throw refusalError(key, { status, retryAfter: headers["retry-after"] });
    }
  }
  throw new GatewayError("upstream", `"${key}": more than ${MAX_REDIRECTS} redirects`, { key });
}

async function sendOnce(
  { allow, dispatcher, headersFor }: HttpRequestsOptions,
  url: URL,
  { key, call }: { readonly key: string; readonly call: ObjectCall },
): Promise<ObjectAnswer> {
  const trust = allow.some((prefix) => isNamedBy(url, prefix)) ? "named" : "unnamed";
  assertHostAllowed(url, trust);
  const { method, headers, signal } = call;
  const own = await headersFor(url, { signal });
  try {
    return await dispatched(dispatcher(trust), {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      // an encoded body would make ranges and sizes mean something else
      headers: { "accept-encoding": "identity", ...own, ...headers },
      signal,
    });
  } catch (error) {
    throw networkError(key, error, signal);
  }
}

async function assertUnencoded(answer: ObjectAnswer, key: string): Promise<void> {
  const encoding = answer.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return;
  await answer.discard();
  const message = `"${key}" came with content encoding "${encoding}", asked was none`;
  throw new GatewayError("upstream", message, { key });
}

async function assertAbsent(
  answer: ObjectAnswer,
  key: string,
  { options, signal }: CallOptions & { readonly options: HttpRequestsOptions },
): Promise<void> {
  if (!options.assertAbsent) return answer.discard();
  let body: Uint8Array | undefined;
  try {
    body = await answer.gather(MAX_REFUSAL_BYTES);
  } catch (error) {
    throw networkError(key, error, signal);
  }
  options.assertAbsent(new TextDecoder().decode(body), key);
}

function redirected(
  allow: readonly URL[],
  {
    location,
    from,
    key,
  }: { readonly location: string | undefined; readonly from: URL; readonly key: string },
): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (!target) throw new GatewayError("upstream", `"${key}": a redirect without an address`, { key });
  const isAllowed = /^https?:$/.test(target.protocol) && allow.some((prefix) => isBelow(target, prefix));
  if (isAllowed) return target;
  const message = `"${key}": a redirect to ${target.origin} leaves the allowed locations`;
  throw new GatewayError("forbidden", message, { key });
}
