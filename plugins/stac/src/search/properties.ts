import type { CatalogRecord } from "../collection/catalog-record.ts";
import { validDateTime } from "../item/date-time.ts";
import { licenseOf } from "../item/license.ts";
import { invalid } from "./invalid.ts";

/** What a property of an item is in comparisons; undefined where the item has none. */
export type PropertyValue = string | number | readonly string[] | undefined;

export interface Property {
  readonly kind: "text" | "number" | "time" | "list" | "place" | "facet";
  /** Times as milliseconds since 1970. */
  value(record: CatalogRecord): PropertyValue;
  /** What the value is derived from, where that takes time. */
  raw?(record: CatalogRecord): string | undefined;
  /** JSON schema of the queryable. */
  readonly schema: object;
}

const timeSchema = (title: string): object => ({ title, type: "string", format: "date-time" });
const textSchema = (title: string): object => ({ title, type: "string" });
const listSchema = (title: string): object => ({ title, type: "array", items: { type: "string" } });

const moment = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(validDateTime(text));

/** The queryables that every item may have. */
export const PROPERTIES: Readonly<Record<string, Property>> = {
  id: { kind: "text", value: ({ id }) => id, schema: textSchema("Id of the dataset") },
  collection: {
    kind: "text",
    value: ({ collection }) => collection,
    schema: textSchema("Id of the collection"),
  },
  geometry: {
    kind: "place",
    value: () => undefined,
    schema: { title: "Area", $comment: "a GeoJSON geometry", type: "object" },
  },
  datetime: {
    kind: "time",
    value: ({ startMs }) => startMs,
    schema: timeSchema("Time, or the first of a range"),
  },
  start_datetime: {
    kind: "time",
    value: ({ start, startMs }) => (start === undefined ? undefined : startMs),
    schema: timeSchema("First time"),
  },
  end_datetime: {
    kind: "time",
    value: ({ end, endMs }) => (end === undefined ? undefined : endMs),
    schema: timeSchema("Last time"),
  },
  created: {
    kind: "time",
    value: ({ summary }) => moment(summary.created),
    raw: ({ summary }) => summary.created,
    schema: timeSchema("Made"),
  },
  updated: {
    kind: "time",
    value: ({ summary }) => moment(summary.modified),
    raw: ({ summary }) => summary.modified,
    schema: timeSchema("Changed"),
  },
  title: { kind: "text", value: ({ title }) => title, schema: textSchema("Title") },
  license: {
    kind: "text",
    value: ({ summary }) => licenseOf(summary.license),
    raw: ({ summary }) => summary.license,
    schema: textSchema("SPDX identifier of the licence"),
  },
  grid: { kind: "text", value: ({ summary }) => summary.grid, schema: textSchema("Kind of the grid") },
  format: {
    kind: "text",
    value: ({ summary }) => summary.format,
    schema: textSchema("Format of the source"),
  },
  bytes: {
    kind: "number",
    value: ({ summary }) => summary.bytes,
    schema: { title: "Bytes of all values before compression", type: "integer" },
  },
  keywords: { kind: "list", value: ({ summary }) => summary.keywords, schema: listSchema("Keywords") },
  variables: {
    kind: "list",
    value: ({ summary }) => summary.variables,
    schema: listSchema("Data variables"),
  },
};

/** By name, with or without `properties.` before it. A name that no item has is one that every item lacks. */
export function propertyOf(name: string): Property {
  const short = name.startsWith("properties.") ? name.slice("properties.".length) : name;
  const known = Object.hasOwn(PROPERTIES, short) ? PROPERTIES[short] : undefined;
  return known ?? facetProperty(short);
}

/** To sort by. @throws GatewayError invalid_request for a name that no item has: nothing would be in order */
export function sortableOf(name: string, facetNames: ReadonlySet<string>): Property {
  const property = propertyOf(name);
  if (property.kind === "facet" && !facetNames.has(name.replace(/^properties\./, "")))
    throw invalid("sortby", "a property that /stac/sortables names", name);
  return property;
}

function facetProperty(name: string): Property {
  return {
    kind: "facet",
    // no name means something that every object has
    value: ({ summary: { facets } }) => (facets && Object.hasOwn(facets, name) ? facets[name] : undefined),
    schema: { title: name },
  };
}
