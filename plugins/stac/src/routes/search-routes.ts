import { callOptionsOf, jsonResource, respond } from "@zarr-gateway/http";
import type { Context } from "hono";
import type { Link } from "../item/item.ts";
import { parseBody, parseQuery } from "../search/parse-search.ts";
import { searchAnswer } from "../search/search-answer.ts";
import type { SearchRequest } from "../search/search-request.ts";
import { type CatalogService, GEOJSON_TYPE, JSON_TYPE, type View } from "./catalog-service.ts";
import { jsonBody } from "./request-body.ts";

/** `GET /stac/search` and, with a collection, `GET /stac/collections/{id}/items`. */
export async function searchByQuery(
  c: Context,
  service: CatalogService,
  collection?: string,
): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  const parsed = parseQuery(query);
  const path =
    collection === undefined ? "/stac/search" : `/stac/collections/${encodeURIComponent(collection)}/items`;
  return answer(c, service, {
    request: collection === undefined ? parsed : { ...parsed, collections: [collection] },
    path,
    collection,
    pageLink(rel, href, token) {
      const next = new URLSearchParams(query);
      next.set("token", token);
      return { rel, href: `${href}?${next}`, type: GEOJSON_TYPE, method: "GET" };
    },
  });
}

/** `POST /stac/search`. */
export async function searchByBody(c: Context, service: CatalogService): Promise<Response> {
  const body = await jsonBody(c.req.raw);
  return answer(c, service, {
    request: parseBody(body),
    path: "/stac/search",
    collection: undefined,
    pageLink: (rel, href, token) => ({
      rel,
      href,
      type: GEOJSON_TYPE,
      method: "POST",
      body: { ...(body as object), token }, // `parseBody` takes objects alone
      merge: false,
    }),
  });
}

interface Asked {
  readonly request: SearchRequest;
  readonly path: string;
  readonly collection: string | undefined;
  pageLink(rel: "next" | "prev", href: string, token: string): Link;
}

async function answer(c: Context, service: CatalogService, asked: Asked): Promise<Response> {
  const call = callOptionsOf(c.req.raw);
  const view = await service.view(c.req.raw, call);
  const text = await searchAnswer(
    {
      state: view.state,
      context: view.context,
      failures: await service.failures(view),
      admits: (id) => service.admits(id, c.req.raw),
      itemText: async (record, options) =>
        (await service.writer.ofRecord(record, view.context, options))?.text,
      links: ({ next, previous }) => linksOf(view, asked, { next, previous }),
    },
    asked.request,
    call,
  );
  return respond(c, jsonResource(text, { contentType: GEOJSON_TYPE }));
}

function linksOf(
  { context, request }: View,
  { path, collection, pageLink }: Asked,
  { next, previous }: { readonly next: string | undefined; readonly previous: string | undefined },
): Link[] {
  const href = `${context.base}${path}`;
  const { search } = new URL(request.url);
  return [
    { rel: "self", href: request.method === "POST" ? href : `${href}${search}`, type: GEOJSON_TYPE },
    { rel: "root", href: `${context.base}/stac`, type: JSON_TYPE },
    ...(collection === undefined
      ? []
      : ["parent", "collection"].map((rel) => ({
          rel,
          href: href.slice(0, -"/items".length),
          type: JSON_TYPE,
        }))),
    ...(next === undefined ? [] : [pageLink("next", href, next)]),
    ...(previous === undefined ? [] : [pageLink("prev", href, previous)]),
  ];
}
