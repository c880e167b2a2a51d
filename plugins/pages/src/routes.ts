import { createHash } from "node:crypto";
import {
  hasTrailingSlash,
  htmlResource,
  jsonResource,
  parseWeights,
  type Resource,
  respond,
} from "@zarr-gateway/http";
import {
  type DatasetEnv,
  type DatasetRoutes,
  type DatasetSummary,
  type Descriptions,
  datasetRoutes,
  described,
  type Host,
  type Pictures,
} from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Context, Hono } from "hono";
import { ANIMATION_OPERATION, answerAnimation } from "./animation/animation-routes.ts";
import { ICON } from "./assets.ts";
import { browserFiles } from "./browser-files.ts";
import { datasetPage } from "./dataset-page.ts";
import type { Listings } from "./listing.ts";
import { parseQuery, search } from "./listing-query.ts";
import { rootPage } from "./root-page.ts";
import type { Site } from "./site.ts";
import { STYLE } from "./style.ts";

/** Pages load from the server alone and run no inline script. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The worker that reads chunks is another realm, without a page: the codecs in it are WebAssembly, with glue that
 * makes functions from text.
 */
const WORKER = "reader.js";
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

export interface PagesOptions {
  readonly host: Host;
  readonly title: string;
  readonly description?: string | undefined;
  readonly pictures?: Pictures | undefined;
  readonly descriptions: Descriptions;
  readonly listings: Listings;
}

/** `/` and the files its pages load. */
export function rootRoutes(options: PagesOptions): Hono {
  const routes = new Hono();
  const operation = {
    summary: "What is served here",
    description: "Search and facets: `q`, `variable`, `format`, `grid`, `keyword`, `since`, `until`, `page`.",
    tags: ["pages"],
    answers: { "text/html": {}, "application/json": {} },
  };
  routes.get(
    "/",
    described(operation, (c: Context) => root(c, options)),
  );
  const file = { summary: "A file of the pages: style, script, outline", tags: ["pages"], answers: {} };
  routes.get(
    "/pages/:file",
    described(file, async (c: Context) => {
      const name = c.req.param("file") ?? "";
      const response = await respond(c, await pageFile(name));
      if (name === WORKER) response.headers.set("Content-Security-Policy", WORKER_POLICY);
      return response;
    }),
  );
  return routes;
}

/** `P/`: the page of one dataset; other plugins give it as JSON to who asks for that. */
export function pageRoutes(options: PagesOptions): DatasetRoutes {
  const { host, descriptions } = options;
  const routes = datasetRoutes();
  const operation = { summary: "Page of the dataset", tags: ["pages"], answers: { "text/html": {} } };
  const handler = described(operation, async (c: Context) => {
    const { datasetId, dataset } = c.var as DatasetEnv["Variables"]; // set by the server for dataset routes
    const known = await descriptions.of(datasetId, dataset, { signal: c.req.raw.signal });
    const text = datasetPage({
      described: known,
      dataset,
      baseUrl: host.baseUrl(c.req.raw),
      isFolder: hasTrailingSlash(c.req.raw),
      site: siteOf(options),
    });
    return secured(await respond(c, htmlResource(text)));
  });
  routes.get("/", handler);
  const film = described(ANIMATION_OPERATION, async (c: Context<DatasetEnv>) =>
    secured(await answerAnimation(c, { host, pictures: options.pictures, site: siteOf(options) })),
  );
  routes.get("/plot/:variable/:kind/:cmap", film);
  routes.get("/plot/:variable/:kind/:cmap/*", film);
  return routes;
}

async function root(c: Context, options: PagesOptions): Promise<Response> {
  const { host, listings, descriptions } = options;
  const { signal, url } = c.req.raw;
  const baseUrl = host.baseUrl(c.req.raw);
  if (prefersJson(c.req.header("accept"))) return rootJson(c, options);
  const { summaries, unknown } = await listings.current({ signal });
  const visible = await admitted(host, summaries, c.req.raw);
  const found = search(visible, parseQuery(new URL(url).searchParams));
  const site = siteOf(options);
  const text = rootPage({
    site,
    baseUrl,
    found,
    count: visible.length,
    unknown,
    links: rootLinks(site.plugins),
    described: (summary) => descriptions.kept(summary),
  });
  return negotiated(await respond(c, htmlResource(text)));
}

function siteOf({ host, title, description, pictures }: PagesOptions): Site {
  return { title, description, pictures, plugins: new Set(host.plugins().map(({ name }) => name)) };
}

/** JSON only for who names it and likes HTML less; wildcards mean the page (RFC 9110 §12.5.1). */
function prefersJson(accept: string | undefined): boolean {
  const weights = parseWeights(accept ?? "");
  return (weights.get("application/json") ?? 0) > (weights.get("text/html") ?? 0);
}

async function rootJson(c: Context, { host, title }: PagesOptions): Promise<Response> {
  const baseUrl = host.baseUrl(c.req.raw);
  const ids: { readonly id: string }[] = [];
  for await (const id of host.datasets.ids()) ids.push({ id });
  const datasets = (await admitted(host, ids, c.req.raw)).map(({ id }) => ({
    id,
    ...host.datasets.state(id),
    href: `${baseUrl}/datasets/${encodeURIComponent(id)}`,
  }));
  return negotiated(await respond(c, jsonResource({ title, datasets })));
}

/** Without those that a guard keeps from this request. */
async function admitted<Listed extends Pick<DatasetSummary, "id">>(
  host: Host,
  all: readonly Listed[],
  request: Request,
): Promise<readonly Listed[]> {
  const admits = await Promise.all(all.map(({ id }) => host.admits(id, request)));
  return all.filter((_, position) => admits[position]);
}

/** Documents of the whole server, as far as their plugins are loaded. */
const LINKS: readonly (readonly [plugin: string | undefined, href: string, text: string])[] = [
  ["stac", "stac", "STAC API"],
  ["stac", "stac-collection-all.json", "STAC collection"],
  ["intake", "intake.yaml", "Intake"],
  ["intake", "intake2.yaml", "Intake 2"],
  ["dialects", "catalog.jsonld", "DCAT"],
  ["dialects", "catalog.xml", "THREDDS"],
  ["dialects", "esm-collection.json", "intake-esm"],
  ["dialects", "gridlook.json", "Gridlook"],
  ["jobs-api", "jobs", "jobs"],
  ["statistics", "stats-summary.html", "statistics"],
  ["zarr", "datasets/zarr.json", "everything as one Zarr group"],
  [undefined, "datasets", "ids as JSON"],
  [undefined, "docs", "API"],
  [undefined, "openapi.json", "OpenAPI"],
  [undefined, "plugins", "plugins"],
  [undefined, "versions", "versions"],
  [undefined, "health", "health"],
];

function rootLinks(plugins: ReadonlySet<string>): (readonly [string, string])[] {
  return LINKS.filter(([plugin]) => plugin === undefined || plugins.has(plugin)).map(
    ([, href, text]) => [href, text] as const,
  );
}

function negotiated(response: Response): Response {
  response.headers.append("Vary", "Accept");
  return secured(response);
}

function secured(response: Response): Response {
  response.headers.set("Content-Security-Policy", SECURITY_POLICY);
  return response;
}

const tags = new WeakMap<Uint8Array, string>();

function tagOf(bytes: Uint8Array): string {
  const tag = tags.get(bytes) ?? createHash("sha1").update(bytes).digest("base64url");
  tags.set(bytes, tag);
  return tag;
}

async function pageFile(name: string): Promise<Resource> {
  const own: Readonly<Record<string, string>> = { "style.css": STYLE, "icon.svg": ICON };
  const text = Object.hasOwn(own, name) ? own[name] : undefined;
  const bytes = text === undefined ? (await browserFiles()).get(name) : Buffer.from(text);
  const contentType = CONTENT_TYPES[/\.([a-z]+)$/.exec(name)?.[1] ?? ""];
  if (bytes === undefined || contentType === undefined)
    throw new GatewayError("not_found", "the pages have no file of this name");
  // the name of a part of a script says what is in it; the others change with the server's version
  const isPinned = /-[A-Z0-9]{8}\.js$/.test(name);
  return {
    contentType,
    cacheControl: isPinned ? "public, max-age=31536000, immutable" : "no-cache",
    compressible: true,
    stat: () => ({ size: bytes.length, etag: tagOf(bytes) }),
    read: (range) =>
      range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length),
  };
}
