import { PROPERTIES } from "../search/properties.ts";

/** The properties that filters may name, as JSON Schema; no part of it lies elsewhere. */
export function queryables(href: string, title: string, facetNames: Iterable<string>): object {
  const facets = [...facetNames].toSorted().map((name): [string, object] => [name, { title: name }]);
  const known = Object.entries(PROPERTIES).map(([name, { schema }]): [string, object] => [name, schema]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: href,
    type: "object",
    title,
    properties: { ...Object.fromEntries(facets), ...Object.fromEntries(known) },
    additionalProperties: true,
  };
}

/** The same for sorting, which places and lists have no order for. */
export function sortables(href: string, title: string, facetNames: Iterable<string>): object {
  const all = queryables(href, title, facetNames) as { properties: Record<string, unknown> }; // as written above
  const { geometry: _geometry, ...properties } = all.properties;
  return { ...all, properties };
}
