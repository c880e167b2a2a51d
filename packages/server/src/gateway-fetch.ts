import {
  type Cors,
  callOptionsOf,
  createAnswer,
  notFoundResponse,
  problemResponse,
  protocolProblem,
  rawPath,
} from "@zarr-gateway/http";
import type { AnswerObserver } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";
import { OPERATIONS_PATHS } from "./about-routes.ts";
import type { Admission } from "./admission.ts";
import type { BaseUrls } from "./base-url.ts";
import type { GatewayLimits } from "./limits.ts";
import type { ServerLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { MountedApp } from "./mount.ts";
import type { RecentAnswers } from "./recent-answers.ts";
import { createRequestIds } from "./request-id.ts";
import { routePathOf } from "./request-path.ts";
import { type NodeBindings, ServerScope } from "./server-scope.ts";

export type GatewayFetch = (request: Request, bindings?: NodeBindings) => Promise<Response>;

export interface FetchOptions extends Admission {
  readonly mounted: MountedApp;
  readonly cors: Cors;
  readonly baseUrls: BaseUrls;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly limits: GatewayLimits;
  /** Told of answers that went the whole way. */
  readonly observers: readonly AnswerObserver[];
  /** Absent where plugins look at each request. */
  readonly recent: RecentAnswers | undefined;
}

/** Closed by the client before the answer was through: nginx' number, for log and metrics alone. */
const CLIENT_LEFT = 499;
const SLOW_SECONDS = 1;

/** The way of every request: its scope, its turn, preflight or routes, headers of every answer, log and metrics. */
export function createFetch(options: FetchOptions): GatewayFetch {
  const { cors, heldBytes, heldRequests, log } = options;
  const requestIdOf = createRequestIds();
  const onCutOff = (scope: ServerScope, error: unknown): void => {
    if (scope.outgoing?.destroyed === true) return; // the client left first
    const { requestId, route } = scope;
    log.warn({ requestId, route, err: error }, `connection cut while sending: ${messageOf(error)}`);
  };
  return async (request, bindings = {}) => {
    const target = bindings.incoming?.url ?? request.url;
    const scope = new ServerScope({
      bindings,
      method: request.method,
      headers: cors.headers(request.headers.get("origin")),
      requestId: requestIdOf(request.headers.get("x-request-id")),
      path: routePathOf(rawPath(target)),
      heldBytes,
      heldRequests,
      client: () => clientOf(options.baseUrls, bindings.incoming),
      isProxied: () => options.baseUrls.trusts(bindings.incoming?.socket.remoteAddress),
      onCutOff,
    });
    const { outgoing } = scope;
    if (outgoing === undefined) return answerWithoutSocket(request, scope, target, options);
    outgoing.once("close", () => {
      end(scope, target, outgoing.writableFinished ? outgoing.statusCode : CLIENT_LEFT, options);
    });
    const response = withHeaders(scope, await answer(request, scope, target, options));
    if (scope.shareable !== undefined && response === scope.answer) {
      const acceptEncoding = request.headers.get("accept-encoding");
      const { shareable: answer, route, dataset } = scope;
      options.recent?.keep({ url: target, acceptEncoding, answer, route, dataset });
    }
    return response;
  };
}

async function answerWithoutSocket(
  request: Request,
  scope: ServerScope,
  target: string,
  options: FetchOptions,
): Promise<Response> {
  const response = withHeaders(scope, await answer(request, scope, target, options));
  end(scope, target, response.status, options);
  return response;
}

/** Never rejects. */
async function answer(
  request: Request,
  scope: ServerScope,
  target: string,
  { mounted, cors, baseUrls, requests, limits }: FetchOptions,
): Promise<Response> {
  try {
    if (target.length > limits.maxUrlBytes) {
      return protocolProblem(scope, 414, `at most ${limits.maxUrlBytes} characters of URL are read`);
    }
    if (scope.path === undefined) return notFoundResponse(scope);
    if (!OPERATIONS_PATHS.has(scope.path)) {
      const waiting = requests.take(1, callOptionsOf(request));
      if (waiting !== undefined) await waiting;
      scope.admitted(requests);
    }
    if (baseUrls.readsForwarded) baseUrls.noteSender(request, scope.incoming?.socket.remoteAddress);
    if (request.method === "OPTIONS") return optionsAnswer(scope, scope.path, mounted, cors);
    return await mounted.app.fetch(request, scope);
  } catch (error) {
    return problemResponse(scope, error);
  }
}

function optionsAnswer(scope: ServerScope, path: string, mounted: MountedApp, cors: Cors): Response {
  const known = mounted.allowedMethods(path);
  const methods = (known.length === 0 ? ["GET", "HEAD", "OPTIONS"] : known).join(", ");
  return createAnswer(scope, 204, { Allow: methods, ...cors.preflightHeaders(methods) }, null);
}

/** Answers of `respond` carry the common headers already; others get them here, without touching the Response. */
function withHeaders(scope: ServerScope, response: Response): Response {
  if (response === scope.answer) return response;
  const common = { ...scope.headers, "X-Request-Id": scope.requestId };
  const { Vary: vary, ...rest } = common as typeof common & { readonly Vary?: string }; // a key among others
  if (vary !== undefined && !(response.headers.get("vary") ?? "").includes(vary)) {
    response.headers.append("Vary", vary);
  }
  for (const [name, value] of Object.entries(rest)) {
    if (scope.outgoing === undefined) response.headers.set(name, value);
    else if (!scope.outgoing.headersSent) scope.outgoing.setHeader(name, value);
  }
  return response;
}

function end(scope: ServerScope, target: string, status: number, options: FetchOptions): void {
  const { metrics, log, observers, baseUrls } = options;
  scope.end();
  const seconds = (performance.now() - scope.startedAt) / 1000;
  const { method } = scope.req;
  metrics.record(scope.route, method, status, seconds, scope.bodyBytes);
  if (observers.length > 0) {
    const { incoming, bodyBytes: bytes } = scope;
    const client = clientOf(baseUrls, incoming);
    for (const observe of observers) observe({ method, target, status, bytes, client });
  }
  const level = isNotable(status, scope.isLive ? 0 : seconds) ? "info" : "debug";
  if (!log.isEnabled(level)) return;
  const fields = {
    requestId: scope.requestId,
    method,
    path: rawPath(target),
    status,
    ms: Math.round(seconds * 1e5) / 100,
    bytes: scope.bodyBytes,
    client: scope.incoming?.socket.remoteAddress,
  };
  log[level](fields, "request");
}

/** The address that counts as the client's. */
export function clientOf(baseUrls: BaseUrls, incoming: NodeBindings["incoming"]): string | undefined {
  return baseUrls.clientOf(incoming?.socket.remoteAddress, incoming?.headers["x-forwarded-for"]?.toString());
}

/** Refusals, failures and slow answers. A line for every chunk would cost a fifth of the throughput, so those are `debug`. */
function isNotable(status: number, seconds: number): boolean {
  return (status >= 400 && status !== 404) || seconds >= SLOW_SECONDS;
}
