import { htmlResource, jsonResource, respond, textResource } from "@zarr-gateway/http";
import { type DatasetCatalog, described, type Operation, type PluginInfo } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Context, type Handler, Hono } from "hono";
import { DOCS_SECURITY_POLICY, docsPage } from "./docs-page.ts";
import type { OpenApiDocument } from "./openapi.ts";

/** What the server says about itself. */
export interface About {
  readonly datasets: DatasetCatalog;
  readonly failures: () => ReadonlyMap<string, string>;
  readonly openDatasets: () => number;
  readonly plugins: () => readonly PluginInfo[];
  readonly versions: Readonly<Record<string, string | null>>;
  readonly isDraining: () => boolean;
  readonly openapi: (baseUrl: string) => OpenApiDocument;
  readonly baseUrl: (request: Request) => string;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** Answered also when everything else has to wait: who watches the server must not be kept waiting. */
export const OPERATIONS_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/liveness",
  "/readiness",
  "/metrics",
]);

const JSON_ANSWER = { "application/json": {} };
const NO_STORE = { cacheControl: "no-store" };

/** `/datasets`, and the routes about the server itself. */
export function aboutRoutes(about: About): Hono {
  const routes = new Hono();
  const get = (path: string, operation: Omit<Operation, "tags">, handler: Handler): void => {
    routes.get(path, described({ tags: ["server"], ...operation }, handler));
  };
  get("/datasets", { summary: "Ids of all datasets", answers: { "application/json": IDS } }, async (c) =>
    respond(c, jsonResource(await Array.fromAsync(about.datasets.ids()))),
  );
  get("/versions", { summary: "Versions of the server and what it runs on", answers: JSON_ANSWER }, (c) =>
    respond(c, jsonResource(about.versions)),
  );
  get("/plugins", { summary: "Loaded plugins", answers: JSON_ANSWER }, (c) =>
    respond(c, jsonResource(pluginsDocument(about.plugins()))),
  );
  get("/openapi.json", { summary: "This interface as OpenAPI 3.1", answers: JSON_ANSWER }, (c) =>
    respond(c, jsonResource(about.openapi(about.baseUrl(c.req.raw)))),
  );
  get("/docs", { summary: "This interface for people", answers: { "text/html": {} } }, (c) => docs(c, about));
  operationsRoutes(get, about);
  return routes;
}

const IDS = { type: "array", items: { type: "string" } };

function operationsRoutes(
  get: (path: string, operation: Omit<Operation, "tags">, handler: Handler) => void,
  about: About,
): void {
  get(
    "/health",
    { summary: "State of the process and its datasets", answers: { "application/health+json": {} } },
    (c) =>
      respond(
        c,
        jsonResource(healthDocument(about), { ...NO_STORE, contentType: "application/health+json" }),
      ),
  );
  get("/liveness", { summary: "The process answers", answers: JSON_ANSWER }, (c) =>
    respond(c, jsonResource({ status: "alive" }, NO_STORE)),
  );
  get("/readiness", { summary: "The process takes new work", answers: JSON_ANSWER }, (c) => {
    if (about.isDraining())
      throw new GatewayError("overloaded", "the server is stopping and takes no new work");
    return respond(c, jsonResource({ status: "ready" }, NO_STORE));
  });
  get("/metrics", { summary: "Numbers for Prometheus", answers: { "text/plain": {} } }, async (c) => {
    const { contentType } = about.metrics;
    return respond(c, textResource(await about.metrics.text(), { ...NO_STORE, contentType }));
  });
}

async function docs(c: Context, about: About): Promise<Response> {
  const baseUrl = about.baseUrl(c.req.raw);
  const response = await respond(c, htmlResource(docsPage(about.openapi(baseUrl), baseUrl)));
  response.headers.set("Content-Security-Policy", DOCS_SECURITY_POLICY);
  return response;
}

/** As Xpublish: name to path and version. */
function pluginsDocument(
  plugins: readonly PluginInfo[],
): Record<string, { path: string; version: string | null }> {
  return Object.fromEntries(plugins.map(({ name, path, version }) => [name, { path, version }]));
}

/** A broken dataset is a warning: the others are served. */
function healthDocument(about: About): object {
  const failed = Object.fromEntries(about.failures());
  return {
    status: Object.keys(failed).length === 0 ? "pass" : "warn",
    version: about.versions["zarr-gateway"] ?? null,
    uptimeSeconds: Math.round(process.uptime()),
    datasets: { open: about.openDatasets(), failed },
  };
}
