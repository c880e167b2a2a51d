import { callOptionsOf, jsonResource, notFoundResponse, respond } from "@zarr-gateway/http";
import { described, type Operation, type OperationParameter } from "@zarr-gateway/plugin";
import { type Context, Hono } from "hono";
import { searchCollections } from "../search/collection-search.ts";
import { apiDocument } from "./api-document.ts";
import { type CatalogService, GEOJSON_TYPE, itemLink, JSON_TYPE } from "./catalog-service.ts";
import { collectionAnswer, wholeCollection } from "./collection-routes.ts";
import { CONFORMANCE } from "./conformance.ts";
import { landingPage, listLinks, OPENAPI_TYPE } from "./landing.ts";
import { PARQUET_TYPE, ParquetRoute } from "./parquet-route.ts";
import { queryables, sortables } from "./queryables.ts";
import { searchByBody, searchByQuery } from "./search-routes.ts";

const SCHEMA_TYPE = "application/schema+json";
const COLLECTION: OperationParameter = {
  name: "collection_id",
  in: "path",
  description: "Id of the collection",
};

type Handler = (c: Context) => Response | Promise<Response>;

/** `/stac-collection-all.json` and the STAC API below `/stac`. */
export function stacRoutes(service: CatalogService): Hono {
  const routes = new Hono();
  const get = (path: string, operation: Partial<Operation> & { summary: string }, handler: Handler): void => {
    routes.get(path, described({ tags: ["stac"], answers: { [JSON_TYPE]: {} }, ...operation }, handler));
  };
  const geojson = { answers: { [GEOJSON_TYPE]: {} } };
  get("/stac-collection-all.json", { summary: "All datasets as one STAC collection" }, (c) =>
    wholeCollection(c, service),
  );
  get("/stac", { summary: "Landing page of the STAC API" }, (c) => landing(c, service));
  get("/stac/conformance", { summary: "Conformance classes of the STAC API" }, (c) =>
    respond(c, jsonResource({ conformsTo: CONFORMANCE })),
  );
  get("/stac/api", { summary: "OpenAPI document of the STAC API", answers: { [OPENAPI_TYPE]: {} } }, (c) =>
    respond(
      c,
      jsonResource(() => apiDocument(service.contextOf(c.req.raw).base), { contentType: OPENAPI_TYPE }),
    ),
  );
  get("/stac/search", { summary: "Items by place, time and properties", ...geojson }, (c) =>
    searchByQuery(c, service),
  );
  routes.post(
    "/stac/search",
    described(
      { summary: "Items by place, time and properties, as a JSON body says", tags: ["stac"], ...geojson },
      (c: Context) => searchByBody(c, service),
    ),
  );
  get(
    "/stac/queryables",
    { summary: "Properties that filters may name", answers: { [SCHEMA_TYPE]: {} } },
    (c) => names(c, service, queryables),
  );
  get("/stac/sortables", { summary: "Properties to sort by", answers: { [SCHEMA_TYPE]: {} } }, (c) =>
    names(c, service, sortables),
  );
  get("/stac/collections", { summary: "Collections, searchable" }, (c) => collections(c, service));
  get("/stac/children", { summary: "Collections as children of the root" }, (c) => children(c, service));
  const parquet = new ParquetRoute(service);
  get(
    "/stac/items.parquet",
    { summary: "All items as stac-geoparquet", answers: { [PARQUET_TYPE]: {} } },
    (c) => parquet.answer(c),
  );
  const one = { parameters: [COLLECTION] };
  get("/stac/collections/:collection", { summary: "One collection", ...one }, (c) => collection(c, service));
  get(
    "/stac/collections/:collection/queryables",
    { summary: "Properties that filters may name", ...one, answers: { [SCHEMA_TYPE]: {} } },
    (c) => names(c, service, queryables),
  );
  get("/stac/collections/:collection/items", { summary: "Items of a collection", ...one, ...geojson }, (c) =>
    items(c, service),
  );
  const ITEM: OperationParameter = { name: "item_id", in: "path", description: "Id of the dataset" };
  get(
    "/stac/collections/:collection/items/:item",
    { summary: "One item", parameters: [COLLECTION, ITEM], ...geojson },
    (c) => item(c, service),
  );
  return routes;
}

async function landing(c: Context, service: CatalogService): Promise<Response> {
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  const [collections, failures] = [await service.collections(view), await service.failures(view)];
  return respond(c, jsonResource(landingPage(service, view, { collections, failures })));
}

async function collections(c: Context, service: CatalogService): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  const page = searchCollections(await service.collections(view), query);
  const pageLinks = (
    [
      ["next", page.next],
      ["prev", page.previous],
    ] as const
  ).flatMap(([rel, token]) => {
    if (token === undefined) return [];
    const other = new URLSearchParams(query);
    other.set("token", token);
    return [{ rel, href: `${view.context.base}/stac/collections?${other}`, type: JSON_TYPE, method: "GET" }];
  });
  return respond(
    c,
    jsonResource({
      collections: page.collections,
      links: [...listLinks(view, "collections"), ...pageLinks],
      numberMatched: page.matched,
      numberReturned: page.collections.length,
    }),
  );
}

/** As the links `child` of the landing page lead to them, links to items included. */
async function children(c: Context, service: CatalogService): Promise<Response> {
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  const whole = (await service.collections(view)).map(async (one) => {
    const records = await service.visible(view.state.collections.get(one.id) ?? [], view);
    return { ...one, links: [...one.links, ...records.map((record) => itemLink(record, view.context))] };
  });
  const document = { children: await Promise.all(whole), links: listLinks(view, "children") };
  return respond(c, jsonResource(document));
}

async function collection(c: Context, service: CatalogService): Promise<Response> {
  const id = c.req.param("collection") ?? "";
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  const found = await service.collection(id, view);
  if (!found) return noCollection(c, id);
  const records = await service.visible(view.state.collections.get(id) ?? [], view);
  return collectionAnswer(c, {
    collection: found,
    records,
    link: (record) => itemLink(record, view.context),
  });
}

async function items(c: Context, service: CatalogService): Promise<Response> {
  const id = c.req.param("collection") ?? "";
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  return (await service.collection(id, view)) ? searchByQuery(c, service, id) : noCollection(c, id);
}

async function item(c: Context, service: CatalogService): Promise<Response> {
  const { collection: collectionId = "", item: id = "" } = c.req.param() as Record<
    string,
    string | undefined
  >; // of the route
  const call = callOptionsOf(c.req.raw);
  const view = await service.view(c.req.raw, call);
  const record = view.state.byId.get(id);
  const isThere = record?.collection === collectionId && (await service.admits(id, c.req.raw));
  const written = isThere ? await service.writer.ofRecord(record, view.context, call) : undefined;
  if (!written) return notFoundResponse(c, `there is no item "${id.slice(0, 200)}" in this collection`);
  return respond(c, jsonResource(written.text, { etag: written.etag, contentType: GEOJSON_TYPE }));
}

async function names(c: Context, service: CatalogService, make: typeof queryables): Promise<Response> {
  const id = c.req.param("collection");
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  if (id !== undefined && !(await service.collection(id, view))) return noCollection(c, id);
  const records = await service.visible(
    id === undefined ? view.state.records : (view.state.collections.get(id) ?? []),
    view,
  );
  const isAll = records === view.state.records;
  const facets = isAll
    ? view.state.facetNames
    : new Set(records.flatMap(({ summary }) => Object.keys(summary.facets ?? {})));
  const href = `${view.context.base}${new URL(c.req.url).pathname}`;
  return respond(c, jsonResource(make(href, id ?? service.catalog.id, facets), { contentType: SCHEMA_TYPE }));
}

function noCollection(c: Context, id: string): Response {
  return notFoundResponse(c, `there is no collection "${id.slice(0, 200)}"`);
}
