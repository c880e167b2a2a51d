import { htmlResource, jsonResource, type Resource, respond } from "@zarr-gateway/http";
import { type DatasetRoutes, datasetRoutes, described, type Host } from "@zarr-gateway/plugin";
import { type Context, Hono } from "hono";
import { ICON, SEARCH_SCRIPT, STYLE } from "./assets.ts";
import { datasetPage } from "./dataset-page.ts";
import { type ListedDataset, rootPage } from "./root-page.ts";

/** Pages load from the server alone and run no inline script. */
const SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

const ASSETS = [
  ["style.css", "text/css; charset=utf-8", STYLE],
  ["icon.svg", "image/svg+xml", ICON],
  ["search.js", "text/javascript; charset=utf-8", SEARCH_SCRIPT],
] as const;

/** `/` and the files its pages load. */
export function rootRoutes(host: Host, title: string): Hono {
  const routes = new Hono();
  routes.get(
    "/",
    described(
      {
        summary: "What is served here",
        tags: ["pages"],
        answers: { "text/html": {}, "application/json": {} },
      },
      (c: Context) => root(c, host, title),
    ),
  );
  for (const [name, contentType, text] of ASSETS) {
    const operation = {
      summary: `File of the pages: ${name}`,
      tags: ["pages"],
      answers: { [contentType]: {} },
    };
    routes.get(
      `/pages/${name}`,
      described(operation, (c: Context) => respond(c, asset(contentType, text))),
    );
  }
  return routes;
}

/** `P/`: the page of one dataset. */
export function pageRoutes(host: Host): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/",
    described(
      { summary: "Page of the dataset", tags: ["pages"], answers: { "text/html": {} } },
      async (c) => {
        const { datasetId, dataset } = c.var as {
          datasetId: string;
          dataset: Parameters<typeof datasetPage>[2];
        }; // set by the server for dataset routes
        const url = `${host.baseUrl(c.req.raw)}/datasets/${encodeURIComponent(datasetId)}`;
        return secured(await respond(c, htmlResource(datasetPage(datasetId, url, dataset))));
      },
    ),
  );
  return routes;
}

async function root(c: Context, host: Host, title: string): Promise<Response> {
  const datasets: ListedDataset[] = [];
  for await (const id of host.datasets.ids()) datasets.push({ id, state: host.datasets.state(id) });
  const baseUrl = host.baseUrl(c.req.raw);
  const answer = prefersJson(c.req.header("accept"))
    ? jsonResource({
        title,
        datasets: datasets.map(({ id, state }) => ({
          id,
          ...state,
          href: `${baseUrl}/datasets/${encodeURIComponent(id)}`,
        })),
      })
    : htmlResource(rootPage(title, baseUrl, datasets));
  const response = await respond(c, answer);
  response.headers.append("Vary", "Accept");
  return secured(response);
}

/** JSON only for who asks for it and not for HTML, as a browser does with a wildcard beside. */
function prefersJson(accept: string | undefined): boolean {
  return accept !== undefined && /application\/json/i.test(accept) && !/text\/html/i.test(accept);
}

function secured(response: Response): Response {
  response.headers.set("Content-Security-Policy", SECURITY_POLICY);
  return response;
}

function asset(contentType: string, text: string): Resource {
  const bytes = Buffer.from(text);
  return {
    contentType,
    cacheControl: "public, max-age=3600",
    compressible: true,
    stat: () => ({ size: bytes.length }),
    read: () => bytes,
  };
}
