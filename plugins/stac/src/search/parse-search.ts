import type { Expression } from "./cql2.ts";
import { invalid } from "./invalid.ts";
import { parseCql2Text } from "./parse-cql2-text.ts";
import { queryExpression } from "./query-extension.ts";
import {
  type Fields,
  parseBox,
  parseIntersects,
  parseInterval,
  parseLimit,
  parseTexts,
  parseToken,
  type SearchRequest,
  type SortKey,
} from "./search-request.ts";

type Members = Readonly<Record<string, unknown>>;

/** The members of a search, whichever way they came. */
const GET_NAMES = [
  "collections",
  "ids",
  "bbox",
  "intersects",
  "datetime",
  "limit",
  "token",
  "q",
  "query",
  "filter",
  "filter-lang",
  "filter-crs",
  "sortby",
  "fields",
] as const;

/** A search as the query of a URL says it. */
export function parseQuery(query: URLSearchParams): SearchRequest {
  const members: Record<string, unknown> = {};
  for (const name of GET_NAMES) {
    const text = query.get(name);
    if (text === null || (text === "" && name !== "datetime" && name !== "limit" && name !== "bbox"))
      continue;
    members[name] = fromText(name, text);
  }
  return parseMembers(members, "cql2-text");
}

function fromText(name: (typeof GET_NAMES)[number], text: string): unknown {
  switch (name) {
    case "collections":
    case "ids":
    case "q":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    case "bbox":
      return numbersOf(text);
    case "intersects":
    case "query":
      return jsonOf(name, text);
    case "sortby":
      return text.split(",").map(sortKeyOf);
    case "fields":
      return fieldsOf(text);
    default:
      return text;
  }
}

/** A search as the JSON body of a POST says it. */
export function parseBody(body: unknown): SearchRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("body", "a JSON object", body);
  const members = body as Members; // just checked
  if (typeof members["bbox"] === "string") throw invalid("bbox", "a list of 4 or 6 numbers", members["bbox"]);
  return parseMembers(members, "cql2-json");
}

function parseMembers(members: Members, language: "cql2-text" | "cql2-json"): SearchRequest {
  const intersects = parseIntersects(members["intersects"]);
  const bbox = parseBox(members["bbox"]);
  if (intersects && bbox) throw invalid("intersects", "either bbox or intersects, not both");
  const conditions = [filterOf(members, language), queryExpression(members["query"])].filter(
    (part) => part !== undefined,
  );
  const q = typeof members["q"] === "string" ? members["q"].split(",") : members["q"];
  return {
    collections: parseTexts("collections", members["collections"]),
    ids: parseTexts("ids", members["ids"]),
    bbox,
    intersects,
    interval: parseInterval(members["datetime"]),
    words: (parseTexts("q", q) ?? []).map((word) => word.trim().toLowerCase()).filter((word) => word !== ""),
    filter: conditions.length > 1 ? { op: "and", args: conditions } : conditions[0],
    sort: sortOf(members["sortby"]),
    fields: fieldsMember(members["fields"]),
    limit: parseLimit(members["limit"] ?? undefined),
    offset: parseToken(members["token"] ?? undefined),
  };
}

function filterOf(members: Members, standard: "cql2-text" | "cql2-json"): Expression | undefined {
  const { filter, "filter-lang": language = standard, "filter-crs": system } = members;
  if (
    system !== undefined &&
    system !== null &&
    !/\/(OGC\/1\.3\/CRS84|OGC\/0\/CRS84h|EPSG\/0\/4326)$/.test(String(system))
  )
    throw invalid("filter-crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84", system);
  if (filter === undefined || filter === null) return undefined;
  if (language !== "cql2-text" && language !== "cql2-json")
    throw invalid("filter-lang", "cql2-text or cql2-json", language);
  if (language === "cql2-json") {
    const parsed: unknown = typeof filter === "string" ? jsonOf("filter", filter) : filter;
    return parsed as Expression; // checked when it is compiled
  }
  if (typeof filter !== "string") throw invalid("filter", "CQL2 text", filter);
  return parseCql2Text(filter);
}

function sortOf(value: unknown): readonly SortKey[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > 20)
    throw invalid("sortby", "a list of 20 fields at most", value);
  return value.map((key: unknown) => {
    if (typeof key === "string") return sortKeyOf(key);
    if (typeof key === "object" && key !== null && "field" in key && typeof key.field === "string") {
      if ("isDescending" in key) return key as SortKey; // from a query
      const direction = "direction" in key ? key.direction : "asc";
      if (direction === "asc" || direction === "desc")
        return { field: key.field, isDescending: direction === "desc" };
    }
    throw invalid("sortby", '{ "field": …, "direction": "asc" or "desc" }', key);
  });
}

/** A plus sign in a query is a space once it is decoded. */
function sortKeyOf(text: string): SortKey {
  const [, sign, field = ""] = /^([+\- ]?)(.*)$/.exec(text.trimEnd()) ?? [];
  if (field === "") throw invalid("sortby", "names of properties, with + or - before them", text);
  return { field: field.trim(), isDescending: sign === "-" };
}

function fieldsOf(text: string): Fields {
  const include: string[] = [];
  const exclude: string[] = [];
  for (const part of text.split(",").map((part) => part.trim())) {
    if (part.startsWith("-")) exclude.push(part.slice(1));
    else if (part !== "") include.push(part.replace(/^\+/, ""));
  }
  return { include, exclude };
}

function fieldsMember(value: unknown): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalid("fields", '{ "include": […], "exclude": […] }', value);
  const { include, exclude } = value as Members; // just checked
  return {
    include: parseTexts("fields.include", include) ?? [],
    exclude: parseTexts("fields.exclude", exclude) ?? [],
  };
}

function numbersOf(text: string): number[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part)))
    throw invalid("bbox", "4 or 6 numbers with commas between", text);
  return parts.map(Number);
}

function jsonOf(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(field, "JSON", text);
  }
}
