import { notFoundResponse, protocolProblem, scopeOf } from "@zarr-gateway/http";
import { type Operation, operationOf } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Context, type Env, type Handler, Hono, type MiddlewareHandler } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import { ServerScope } from "./server-scope.ts";

/** A route as it is mounted: what documents, metrics and the answer 405 are made from. */
export interface MountedRoute {
  readonly method: string;
  /** Hono's pattern from the root, `/datasets/:dataset/zarr/*`. */
  readonly pattern: string;
  /** Name of the plugin, or "server". */
  readonly owner: string;
  readonly operation: Operation | undefined;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const ALL = "ALL";

/** The one Hono app, and who owns which of its routes. */
export class MountedApp {
  readonly app: Hono;
  readonly routes: MountedRoute[] = [];
  readonly #owners = new Map<string, string>();
  readonly #methods = new TrieRouter<string>();

  constructor(onError: (error: Error, c: Context) => Response | Promise<Response>) {
    // a path that names nothing is matched by no route, as every pattern begins with one slash
    this.app = new Hono({ getPath: (_request, options) => pathOf(options?.env) });
    this.app.onError(onError);
    this.app.notFound((c) => this.#unmatched(c));
  }

  /** In front of all routes that are mounted later. */
  use(middleware: MiddlewareHandler): void {
    this.app.use("*", middleware);
  }

  /**
   * Mounts all routes of an app below a path.
   * @param before runs in front of each of them
   * @throws GatewayError conflict when another owner has the same method and path
   */
  mount<E extends Env>(owner: string, base: string, routes: Hono<E>, before?: MiddlewareHandler): void {
    for (const { method, path, handler } of routes.routes) {
      const pattern = joined(base, path);
      this.#claim(owner, method, pattern);
      const operation = operationOf(handler);
      if (method !== ALL || operation !== undefined) {
        this.routes.push({ method, pattern, owner, operation });
        this.#methods.add(method, pattern, method);
      }
      const handlers = [marked(pattern, handler as Handler)]; // environments differ in variables that `before` sets
      if (before !== undefined) handlers.unshift(before as Handler);
      this.app.on(method, [pattern], ...handlers);
    }
  }

  /** In front of the route of a pattern, which answers what is left to it. */
  negotiate<E extends Env>(pattern: string, before: MiddlewareHandler, handler: MiddlewareHandler<E>): void {
    // environments differ in variables that `before` sets
    this.app.on("GET", [pattern], before, marked(pattern, handler as Handler));
  }

  #claim(owner: string, method: string, pattern: string): void {
    const key = `${method} ${pattern.replace(/:[^/{?]+/g, ":")}`;
    const other = this.#owners.get(key);
    if (other !== undefined && other !== owner) {
      throw new GatewayError(
        "conflict",
        `"${other}" and "${owner}" both have the route ${method} ${pattern}`,
        {
          plugin: owner,
        },
      );
    }
    this.#owners.set(key, owner);
  }

  /** No route: 404, or 405 where the path exists for other methods. */
  #unmatched(c: Context): Response {
    const allowed = this.allowedMethods(pathOf(c.env));
    if (allowed.length === 0 || allowed.includes(c.req.method)) return notFoundResponse(c);
    const detail = `${c.req.method} is not allowed here, only ${allowed.join(", ")}`;
    return protocolProblem(c, 405, detail, { Allow: allowed.join(", ") });
  }

  allowedMethods(path: string): readonly string[] {
    const found: string[] = METHODS.filter((method) => this.#methods.match(method, path)[0].length > 0);
    if (found.includes("GET")) found.splice(1, 0, "HEAD");
    return found.length === 0 ? found : [...found, "OPTIONS"];
  }
}

function pathOf(env: unknown): string {
  return (env instanceof ServerScope ? env.path : undefined) ?? "";
}

/** Routes are matched without a slash at the end, so none is mounted with one. */
function joined(base: string, path: string): string {
  const pattern = `${base}${path.startsWith("/") ? path : `/${path}`}`.replace(/\/+$/, "");
  return pattern === "" ? "/" : pattern;
}

/** Remembers which route answers, for log and metrics. */
function marked(pattern: string, handler: Handler): Handler {
  return (c, next) => {
    const scope = scopeOf(c);
    if (scope instanceof ServerScope) scope.route = pattern;
    return handler(c, next) as Response | Promise<Response>;
  };
}
