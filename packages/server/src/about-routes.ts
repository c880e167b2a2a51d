import { createAnswer, htmlResource, jsonResource, respond, scopeOf, textResource } from "@zarr-gateway/http";
import {
  type DatasetCatalog,
  described,
  type HealthCheck,
  type Operation,
  type PluginInfo,
} from "@zarr-gateway/plugin";
import { type Context, type Handler, Hono } from "hono";
import { DOCS_SECURITY_POLICY, docsPage } from "./docs-page.ts";
import { type HealthReport, healthReport } from "./health.ts";
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
  readonly healthChecks: readonly HealthCheck[];
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
  const health = (path: string, summary: string, isRefused: () => boolean): void =>
    get(path, { summary, answers: JSON_ANSWER }, async (c) =>
      answerHealth(c, await healthReport(about, isRefused())),
    );
  health("/health", "State of the process, its parts and its datasets", () => false);
  get("/liveness", { summary: "The process answers", answers: JSON_ANSWER }, (c) =>
    respond(c, jsonResource({ status: "alive" }, NO_STORE)),
  );
  health("/readiness", "The process takes new work", about.isDraining);
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

/** 503 has what is wrong twice: above, and under `detail`, where clients of Earth2Studio's serve look for it. */
function answerHealth(c: Context, report: HealthReport): Response | Promise<Response> {
  if (report.status === "healthy") return respond(c, jsonResource(report, NO_STORE));
  const { status, timestamp, reason } = report;
  const body = Buffer.from(JSON.stringify({ ...report, detail: { status, timestamp, reason } }));
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    "Cache-Control": "no-store",
    "Retry-After": "1",
  };
  return createAnswer(scopeOf(c), 503, headers, c.req.method === "HEAD" ? null : body);
}
