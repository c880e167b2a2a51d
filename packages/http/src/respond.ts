import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { acceptedCodings, type ContentCoding } from "./accept.ts";
import { compress, compressedDocuments, isWorthCompressing } from "./compression.ts";
import { notFoundResponse, protocolProblem } from "./problem.ts";
import { formatContentRange, parseRange } from "./range.ts";
import {
  callOptionsOf,
  createAnswer,
  type RequestScope,
  type ServerTimings,
  scopeOf,
} from "./request-scope.ts";
import type { Resource, ResourceStat } from "./resource.ts";
import { isStreamed, streamBody } from "./stream-body.ts";
import {
  formatDate,
  formatTag,
  ifMatchHolds,
  ifRangeHolds,
  isUnmodifiedSince,
  matchedTags,
} from "./validators.ts";

/** Everything the steps of one answer share. */
interface Exchange {
  readonly c: Context;
  readonly scope: RequestScope | undefined;
  readonly resource: Resource;
  readonly options: CallOptions & { readonly timings: ServerTimings };
  readonly isHead: boolean;
}

/**
 * Answers a GET or HEAD as RFC 9110 asks: 404, 412, 304, 416, 206 or 200, from `stat` alone where it can,
 * else with one read (large bodies: one read a piece). A body that comes out shorter than announced is an error,
 * never a short answer. What changed between `stat` and `read` is looked at once more.
 */
export async function respond(c: Context, resource: Resource): Promise<Response> {
  try {
    return await answer(c, resource);
  } catch (error) {
    if (!isGatewayError(error) || error.details["changed"] !== true) throw error;
    return answer(c, resource);
  }
}

async function answer(c: Context, resource: Resource): Promise<Response> {
  const request = c.req.raw;
  const scope = scopeOf(c);
  const exchange: Exchange = {
    c,
    scope,
    resource,
    options: callOptionsOf(request, scope),
    isHead: request.method === "HEAD",
  };
  const found = resource.stat(exchange.options);
  let stat = found instanceof Promise ? await found : found;
  if (stat === undefined) return notFoundResponse(c);
  const codings =
    resource.compressible === true ? acceptedCodings(request.headers.get("accept-encoding")) : [];
  const refused = checkPreconditions(exchange, stat, codings);
  if (refused !== undefined) return refused;
  if (resource.measure !== undefined && stat.size === undefined && !exchange.isHead) {
    const size = await resource.measure(exchange.options);
    if (size === undefined) return notFoundResponse(c);
    stat = { ...stat, size };
  }
  const range = exchange.isHead ? null : request.headers.get("range"); // §14.2: Range is for GET alone
  if (range !== null && rangeApplies(request, stat)) return answerRange(exchange, stat, range);
  const coding = servedCoding(exchange, stat, codings);
  return coding === undefined ? answerWhole(exchange, stat) : answerCompressed(exchange, stat, coding);
}

/** What a 200 is compressed with. Asks for the size, which may be known only when the document is made. */
function servedCoding(
  { c, isHead }: Exchange,
  stat: ResourceStat,
  codings: readonly ContentCoding[],
): ContentCoding | undefined {
  const isWhole = isHead || !c.req.raw.headers.has("range");
  return codings.length > 0 && isWhole && isWorthCompressing(stat.size) ? codings[0] : undefined;
}

/** Order of RFC 9110 §13.2.2. A compressed variant counts as current when the client could get it. */
function checkPreconditions(
  exchange: Exchange,
  stat: ResourceStat,
  codings: readonly ContentCoding[],
): Response | undefined {
  const { c, scope, resource } = exchange;
  const { headers } = c.req.raw;
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  if (ifMatch === null) {
    const refused = checkUnmodified(exchange, stat);
    if (refused !== undefined || ifNoneMatch === null) return refused ?? checkDate(exchange, stat);
  }
  const { etag } = stat;
  const tags = etag === undefined ? [] : [etag, ...codings.map((coding) => `${etag}-${coding}`)];
  const written = tags.map((tag) => formatTag(tag).slice(1, -1));
  if (ifMatch !== null && !ifMatchHolds(ifMatch, written)) {
    return protocolProblem(
      c,
      412,
      `If-Match asks for ${ifMatch}, the current tag is ${formatTag(etag ?? "")}`,
    );
  }
  const current = ifNoneMatch === null ? undefined : matchedTags(ifNoneMatch, written);
  if (current === undefined) return undefined;
  const [first] = current;
  // RFC 9110 §15.4.5: of several the one that a 200 would carry
  const coding = current.length > 1 ? servedCoding(exchange, stat, codings) : undefined;
  const served = coding === undefined ? undefined : written[1 + codings.indexOf(coding)];
  const tag = served !== undefined && current.includes(served) ? served : first;
  const answer = commonHeaders(resource, { modifiedAt: stat.modifiedAt });
  if (tag !== undefined) answer["ETag"] = `"${tag}"`;
  return createAnswer(scope, 304, answer, null);
}

/** `If-Unmodified-Since`, of what has a date; a date that is none is ignored (§13.1.4). */
function checkUnmodified({ c }: Exchange, { modifiedAt }: ResourceStat): Response | undefined {
  const since = c.req.raw.headers.get("if-unmodified-since");
  if (since === null || modifiedAt === undefined || Number.isNaN(Date.parse(since))) return undefined;
  if (isUnmodifiedSince(since, modifiedAt)) return undefined;
  return protocolProblem(c, 412, `it was modified on ${formatDate(modifiedAt)}`);
}

/** `If-Modified-Since`, of what has a date. */
function checkDate({ c, scope, resource }: Exchange, stat: ResourceStat): Response | undefined {
  if (stat.modifiedAt === undefined) return undefined;
  const since = c.req.raw.headers.get("if-modified-since");
  if (since === null || !isUnmodifiedSince(since, stat.modifiedAt)) return undefined;
  return createAnswer(scope, 304, commonHeaders(resource, stat), null);
}

function rangeApplies(request: Request, stat: ResourceStat): boolean {
  const ifRange = request.headers.get("if-range");
  return ifRange === null || ifRangeHolds(ifRange, stat.etag, stat.modifiedAt);
}

async function answerRange(exchange: Exchange, stat: ResourceStat, header: string): Promise<Response> {
  const { c, scope, resource, options } = exchange;
  // without a known size the bytes must be made to know what the range means
  const whole = stat.size === undefined ? await resource.read(undefined, options) : undefined;
  const size = stat.size ?? whole?.length;
  if (size === undefined) return notFoundResponse(c);
  const verdict = parseRange(header, size);
  if (verdict.kind === "unsatisfiable") {
    const detail = `the range "${header}" lies outside the ${size} bytes there are`;
    return protocolProblem(c, 416, detail, { "Content-Range": `bytes */${size}` });
  }
  if (verdict.kind === "whole") return answerWhole(exchange, stat, whole);
  const { offset, length } = verdict;
  const headers = commonHeaders(resource, stat);
  headers["Content-Length"] = String(length);
  headers["Content-Range"] = formatContentRange(offset, length, size);
  if (whole !== undefined) {
    tellTimings(headers, options.timings);
    return createAnswer(scope, 206, headers, whole.subarray(offset, offset + length));
  }
  if (isStreamed(resource, length)) {
    return createAnswer(scope, 206, headers, streamBody(scope, resource, verdict, options));
  }
  await scope?.reserve(length, options);
  const bytes = await resource.read(verdict, options);
  if (bytes === undefined) return notFoundResponse(c);
  tellTimings(headers, options.timings);
  if (resource.givesExclusive === true) scope?.freeOnceSent(bytes);
  return createAnswer(scope, 206, headers, exactly(bytes, length));
}

async function answerWhole(exchange: Exchange, stat: ResourceStat, known?: Uint8Array): Promise<Response> {
  const { c, scope, resource, options, isHead } = exchange;
  const { size } = stat;
  const headers = commonHeaders(resource, stat);
  if (size !== undefined) headers["Content-Length"] = String(size);
  if (isHead) return createAnswer(scope, 200, headers, null);
  if (known === undefined && size !== undefined && isStreamed(resource, size)) {
    const all = { offset: 0, length: size };
    return createAnswer(scope, 200, headers, streamBody(scope, resource, all, options));
  }
  const waiting = size === undefined ? undefined : scope?.reserve(size, options);
  if (waiting !== undefined) await waiting;
  const read = known ?? resource.read(undefined, options);
  const bytes = read instanceof Promise ? await read : read;
  if (bytes === undefined) return notFoundResponse(c);
  headers["Content-Length"] = String(bytes.length);
  const body = size === undefined ? bytes : exactly(bytes, size);
  share(exchange, stat, headers, body);
  if (resource.givesExclusive === true && scope?.shareable === undefined) scope?.freeOnceSent(body);
  tellTimings(headers, options.timings);
  return createAnswer(scope, 200, headers, body);
}

/** HEAD makes the compressed bytes too: documents are small, and its headers are then those of GET. */
async function answerCompressed(
  exchange: Exchange,
  stat: ResourceStat,
  coding: ContentCoding,
): Promise<Response> {
  const { c, scope, resource, options, isHead } = exchange;
  const make = async (shared: CallOptions): Promise<Uint8Array | undefined> => {
    const bytes = await resource.read(undefined, shared);
    return bytes === undefined ? undefined : compress(bytes, coding);
  };
  const { etag, size, modifiedAt } = stat;
  const bytes =
    etag === undefined
      ? await make(options)
      : await compressedDocuments().getOrCreate(`${c.req.url} ${etag} ${size} ${coding}`, make, options);
  if (bytes === undefined) return notFoundResponse(c);
  const headers = commonHeaders(resource, {
    etag: etag === undefined ? undefined : `${etag}-${coding}`,
    modifiedAt,
  });
  headers["Content-Encoding"] = coding;
  headers["Content-Length"] = String(bytes.length);
  share(exchange, {}, headers, bytes);
  return createAnswer(scope, 200, headers, isHead ? null : bytes);
}

/** Notes that the server may give this answer again. What has no validator may change at any time. */
function share(
  { scope, resource, isHead, options }: Exchange,
  { freshUntil, etag }: ResourceStat,
  headers: Record<string, string>,
  body: Uint8Array,
): void {
  if (scope === undefined || isHead || resource.shareable !== true || headers["ETag"] === undefined) return;
  const again = options.timings.header === "" ? {} : { "Server-Timing": "cache;desc=recent" };
  const all = { ...scope.headers, ...headers, ...again };
  const check = async (): Promise<number> => {
    const now = await resource.stat({});
    return now?.etag === etag ? (now?.freshUntil ?? 0) : 0;
  };
  scope.shareable = {
    headers: all,
    body,
    kept: resource.kept,
    isCurrent: resource.isCurrent,
    ...(freshUntil !== undefined && { freshUntil, check }),
  };
}

/** After the body was made, and not for those who get the same answer again. */
function tellTimings(headers: Record<string, string>, { header }: ServerTimings): void {
  if (header !== "") headers["Server-Timing"] = header;
}

function commonHeaders(
  resource: Resource,
  { etag, modifiedAt }: { readonly etag?: string | undefined; readonly modifiedAt?: number | undefined },
): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": resource.contentType, "Accept-Ranges": "bytes" };
  if (resource.headers !== undefined) Object.assign(headers, resource.headers);
  if (etag !== undefined) headers["ETag"] = formatTag(etag);
  if (modifiedAt !== undefined) headers["Last-Modified"] = formatDate(modifiedAt);
  if (resource.cacheControl !== undefined) headers["Cache-Control"] = resource.cacheControl;
  if (resource.compressible === true) headers["Vary"] = "Accept-Encoding";
  return headers;
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new GatewayError("upstream", `${length} bytes were expected and ${bytes.length} came`);
}
