import type { DatasetSummary } from "@zarr-gateway/plugin";

/** What is looked for; every part is optional, and all must hold. */
export interface ListingQuery {
  /** Words that id, title, variables or keywords have. */
  readonly q: string;
  readonly variable: string;
  readonly format: string;
  readonly keyword: string;
  readonly grid: string;
  /** Dates, `2001` or `2001-05-13`. */
  readonly since: string;
  readonly until: string;
  /** From 1. */
  readonly page: number;
}

export const FACETS = ["variable", "format", "grid", "keyword"] as const;
export type Facet = (typeof FACETS)[number];
const TEXTS = ["q", ...FACETS, "since", "until"] as const;
const MAX_LENGTH = 200;
export const PAGE_SIZE = 40;
/** Values of a facet that are listed. */
const MAX_VALUES = 24;

/** What a form sends; what it does not understand is not asked for, as a person expects of a search field. */
export function parseQuery(parameters: URLSearchParams): ListingQuery {
  const text = (name: string): string => (parameters.get(name) ?? "").trim().slice(0, MAX_LENGTH);
  const page = Number(parameters.get("page") ?? "1");
  const date = (name: string): string => (/^\d{4,6}(-\d{2}(-\d{2})?)?$/.test(text(name)) ? text(name) : "");
  return {
    q: text("q"),
    variable: text("variable"),
    format: text("format"),
    keyword: text("keyword"),
    grid: text("grid"),
    since: date("since"),
    until: date("until"),
    page: Number.isInteger(page) && page >= 1 && page < 1e6 ? page : 1,
  };
}

/** The inverse, `?q=tas&page=2`; empty where nothing is asked. */
export function formatQuery(query: ListingQuery): string {
  const parameters = new URLSearchParams();
  for (const name of TEXTS) if (query[name] !== "") parameters.set(name, query[name]);
  if (query.page > 1) parameters.set("page", String(query.page));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

export interface Found {
  readonly query: ListingQuery;
  readonly total: number;
  readonly pages: number;
  /** Of this page. */
  readonly shown: readonly DatasetSummary[];
  /** How many of what was found have a value, most first. */
  readonly facets: Readonly<Record<Facet, readonly (readonly [value: string, count: number])[]>>;
}

export function search(summaries: readonly DatasetSummary[], asked: ListingQuery): Found {
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = summaries.filter(
    (summary) =>
      words.every((word) => textOf(summary).includes(word)) &&
      FACETS.every((facet) => asked[facet] === "" || valuesOf(summary, facet).includes(asked[facet])) &&
      isWithin(summary, asked),
  );
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const query = { ...asked, page: Math.min(asked.page, pages) };
  return {
    query,
    total: found.length,
    pages,
    shown: found.slice((query.page - 1) * PAGE_SIZE, query.page * PAGE_SIZE),
    facets: {
      variable: counted(found, "variable"),
      format: counted(found, "format"),
      grid: counted(found, "grid"),
      keyword: counted(found, "keyword"),
    },
  };
}

const texts = new WeakMap<DatasetSummary, string>();

function textOf(summary: DatasetSummary): string {
  const known = texts.get(summary);
  if (known !== undefined) return known;
  const { id, title = "", variables = [], keywords = [], format = "", failure = "" } = summary;
  const text = [id, title, ...variables, ...keywords, format, failure]
    .join("\n")
    .slice(0, 20_000)
    .toLowerCase();
  texts.set(summary, text);
  return text;
}

function valuesOf(summary: DatasetSummary, facet: Facet): readonly string[] {
  switch (facet) {
    case "variable":
      return summary.variables ?? [];
    case "keyword":
      return summary.keywords ?? [];
    case "format":
      return summary.format === undefined ? [] : [summary.format];
    case "grid":
      return summary.grid === undefined ? [] : [summary.grid];
    default:
      return facet satisfies never;
  }
}

/** Periods overlap; a dataset without times is none that lies in a period. */
function isWithin({ start, end }: DatasetSummary, { since, until }: ListingQuery): boolean {
  if (since === "" && until === "") return true;
  if (start === undefined || end === undefined) return false;
  // digits of dates compare as text; `2001` ends with its last day
  return (since === "" || end >= since) && (until === "" || start <= `${until}~`);
}

function counted(found: readonly DatasetSummary[], facet: Facet): [string, number][] {
  const counts = new Map<string, number>();
  for (const summary of found)
    for (const value of valuesOf(summary, facet)) {
      if (value.length <= MAX_LENGTH) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_VALUES);
}
