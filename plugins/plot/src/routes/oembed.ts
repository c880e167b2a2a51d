import { jsonResource, respond, textResource } from "@zarr-gateway/http";
import { described, type Host } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Context, Hono } from "hono";
import { escaped } from "./escaped.ts";
import { STYLE } from "./style.ts";

/** Where a page's picture is told to programs that embed it (oembed.com). */
export function oembedLink(root: string, page: string, title: string): string {
  const href = `${root}/oembed?url=${encodeURIComponent(page)}&format=json`;
  return `<link rel="alternate" type="application/json+oembed" href="${escaped(href)}" title="${escaped(title)}">`;
}

const WIDTH = 960;
const HEIGHT = 540;

/** `/oembed?url=…`: the picture of a plot page, and `/plot/style.css`. */
export function serverRoutes(host: Host): Hono {
  const routes = new Hono();
  const operation = {
    summary: "oEmbed 1.0: the picture of a plot page",
    tags: ["plot"],
    parameters: [
      {
        name: "url",
        in: "query",
        description: "Address of a plot page",
        required: true,
        schema: { type: "string" },
      },
      { name: "maxwidth", in: "query", description: "Pixels", required: false, schema: { type: "integer" } },
    ],
    answers: { "application/json": {} },
  } as const;
  routes.get(
    "/oembed",
    described(operation, (c: Context) => respond(c, jsonResource(oembed(c, host)))),
  );
  routes.get("/plot/style.css", (c) =>
    respond(c, textResource(STYLE, { contentType: "text/css; charset=utf-8" })),
  );
  return routes;
}

function oembed(c: Context, host: Host): object {
  const format = c.req.query("format") ?? "json";
  if (format !== "json") throw new GatewayError("invalid_request", "format: only json is answered");
  const base = host.baseUrl(c.req.raw);
  const page = c.req.query("url") ?? "";
  const [, id, path, query = ""] =
    /^\/datasets\/([^/?#]+)\/plot\/([^?#]+)(?:\?([^#]*))?/.exec(
      page.startsWith(`${base}/`) ? page.slice(base.length) : "",
    ) ?? [];
  if (id === undefined || path === undefined)
    throw new GatewayError("not_found", `url: expected a page such as ${base}/datasets/{id}/plot/{variable}`);
  const width = Math.max(16, Math.min(WIDTH, Number(c.req.query("maxwidth") ?? WIDTH) || WIDTH));
  const asked = new URLSearchParams(query);
  asked.set("width", String(Math.round(width)));
  const title = decodeURIComponent(path.split("/").at(-1) ?? "");
  return {
    version: "1.0",
    type: "photo",
    title,
    provider_name: "zarr-gateway",
    provider_url: base,
    url: `${base}/datasets/${id}/plot/${path}.png?${asked.toString()}`,
    width: Math.round(width),
    height: Math.round((width * HEIGHT) / WIDTH),
  };
}
