import { MAX_LIMIT } from "../search/search-request.ts";

type Parameter = Readonly<Record<string, unknown>>;

const query = (name: string, schema: object, description: string): Parameter => ({
  name,
  in: "query",
  required: false,
  schema,
  description,
});
const text = { type: "string" };
const list = { type: "array", items: text };
const path = (name: string): Parameter => ({ name, in: "path", required: true, schema: text });

const SEARCH: readonly Parameter[] = [
  query(
    "bbox",
    { type: "array", items: { type: "number" }, minItems: 4, maxItems: 6 },
    "west,south,east,north in degrees",
  ),
  query("datetime", text, "RFC 3339, or an interval with a slash"),
  query("limit", { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: 10 }, "items of a page"),
  query("token", text, "where a page begins, from a link"),
  query("ids", list, "ids of datasets"),
  query("q", list, "words, any of them"),
  query("filter", text, "CQL2"),
  query("filter-lang", { type: "string", enum: ["cql2-text", "cql2-json"] }, "the form of the filter"),
  query("filter-crs", text, "CRS84"),
  query("sortby", text, "names of properties, - before those that fall"),
  query("fields", text, "names of fields, - before those that are left out"),
];
const OF_SEARCH: readonly Parameter[] = [
  ...SEARCH,
  query("collections", list, "ids of collections"),
  query("intersects", text, "a GeoJSON geometry"),
];

/** OpenAPI 3.0 of the STAC API: what `service-desc` leads to. */
export function apiDocument(base: string): object {
  const get = (summary: string, type: string, parameters: readonly Parameter[] = []): object => ({
    get: {
      summary,
      ...(parameters.length > 0 && { parameters }),
      responses: {
        "200": { description: summary, content: { [type]: { schema: { type: "object" } } } },
        "400": {
          description: "A parameter is wrong",
          content: { "application/problem+json": { schema: { type: "object" } } },
        },
      },
    },
  });
  const json = "application/json";
  const geojson = "application/geo+json";
  const collection = path("collectionId");
  const search = get("Items", geojson, OF_SEARCH) as { get: { responses: object } }; // as written above
  const body = { content: { [json]: { schema: { type: "object" } } } };
  return {
    openapi: "3.0.3",
    info: { title: "STAC API", version: "1.0.0" },
    servers: [{ url: `${base}/stac` }],
    paths: {
      "/": get("Landing page", json),
      "/conformance": get("Conformance classes", json),
      "/collections": get("Collections", json, SEARCH.slice(0, 4)),
      "/collections/{collectionId}": get("A collection", json, [collection]),
      "/collections/{collectionId}/items": get("Items of a collection", geojson, [collection, ...SEARCH]),
      "/collections/{collectionId}/items/{featureId}": get("An item", geojson, [
        collection,
        path("featureId"),
      ]),
      "/collections/{collectionId}/queryables": get(
        "Properties that filters may name",
        "application/schema+json",
        [collection],
      ),
      "/children": get("Collections as children", json),
      "/queryables": get("Properties that filters may name", "application/schema+json"),
      "/search": {
        ...search,
        post: { summary: "Items", requestBody: body, responses: search.get.responses },
      },
    },
  };
}
