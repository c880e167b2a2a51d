import type { DatasetSummary } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { createState } from "../collection/catalog-state.ts";
import { findRecords } from "./find-records.ts";
import { parseBody, parseQuery } from "./parse-search.ts";
import type { SearchRequest } from "./search-request.ts";
import { selectFields } from "./select-fields.ts";
import { sortedPage } from "./sorted-page.ts";

const summaries: DatasetSummary[] = [
  {
    id: "a.one",
    title: "Sea ice",
    bbox: [170, -10, -170, 10],
    start: "2000-01-01T00:00:00Z",
    end: "2009-12-31T00:00:00Z",
    bytes: 100,
    variables: ["siconc"],
    facets: { frequency: "mon", members: 3 },
  },
  {
    id: "b.two",
    title: "Precipitation 100%",
    bbox: [0, 40, 20, 60],
    start: "1990-01-01T00:00:00Z",
    end: "1999-12-31T00:00:00Z",
    bytes: 5000,
    variables: ["pr", "tas"],
    facets: { frequency: "day" },
  },
  { id: "c.three", title: "Mask", bytes: 7, variables: ["mask"] },
  { id: "d.broken", failure: "the file is truncated" },
];
const state = createState(summaries, { collectionIdOf: ({ id }) => id.slice(0, 1), generation: 1 });

const found = (request: SearchRequest): string[] =>
  sortedPage(state, findRecords(state, request), request).map(({ id }) => id);
const byQuery = (query: string): string[] => found(parseQuery(new URLSearchParams(query)));
const byBody = (body: unknown): string[] => found(parseBody(body));
const byFilter = (filter: string): string[] => byQuery(String(new URLSearchParams({ filter })));

describe("searching", () => {
  it("finds by box, also across the antimeridian and beyond 180 degrees", () => {
    expect(byQuery("bbox=10,50,11,51")).toEqual(["b.two"]);
    expect(byQuery("bbox=175,0,176,1")).toEqual(["a.one"]);
    expect(byQuery("bbox=-175,0,-174,1")).toEqual(["a.one"]);
    expect(byQuery("bbox=185,0,186,1")).toEqual(["a.one"]);
    expect(byQuery("bbox=165,-5,-160,5")).toEqual(["a.one"]);
    expect(byQuery("bbox=-20,0,30,20")).toEqual([]);
    expect(byBody({ bbox: [-180, -90, 0, 180, 90, 100] })).toEqual(["a.one", "b.two"]);
  });
  it("finds by time", () => {
    expect(byQuery("datetime=1995-06-01T00:00:00Z")).toEqual(["b.two"]);
    expect(byQuery("datetime=1999-01-01T00:00:00Z/..")).toEqual(["a.one", "b.two"]);
    expect(byQuery("datetime=../1989-01-01T00:00:00%2B01:00")).toEqual(["c.three"]);
  });
  it("finds by id, collection and words", () => {
    expect(byQuery("ids=c.three,a.one,none")).toEqual(["c.three", "a.one"]);
    expect(byQuery("collections=a,c")).toEqual(["a.one", "c.three"]);
    expect(byQuery("q=ICE,mask")).toEqual(["a.one", "c.three"]);
  });
  it.each([
    ["frequency = 'mon'", ["a.one"]],
    ["frequency <> 'mon'", ["b.two"]],
    ["NOT frequency = 'mon'", ["b.two"]],
    ["frequency IS NULL", ["c.three"]],
    ["bytes BETWEEN 50 AND 200 OR bytes = 7", ["a.one", "c.three"]],
    ["bytes / 10 = 10 and members > -1", ["a.one"]],
    ["title LIKE '%100\\%'", ["b.two"]],
    ["CASEI(title) LIKE casei('SEA%')", ["a.one"]],
    ["id IN ('b.two', 'c.three')", ["b.two", "c.three"]],
    ["a_contains(variables, ('pr','tas'))", ["b.two"]],
    ["a_overlaps(variables, ('tas','mask'))", ["b.two", "c.three"]],
    ["s_intersects(geometry, POINT(175 0))", ["a.one"]],
    ["s_within(geometry, POLYGON((-1 39, 21 39, 21 61, -1 61, -1 39)))", ["b.two"]],
    ["s_contains(geometry, POINT(5 50))", ["b.two"]],
    ["s_disjoint(geometry, BBOX(0, 40, 20, 60))", ["a.one"]],
    ["t_intersects(datetime, INTERVAL('1999-06-01T00:00:00Z', '..'))", ["a.one", "b.two"]],
    ["t_before(datetime, TIMESTAMP('2000-01-01T00:00:00Z')) and bytes > 10", ["b.two"]],
    ["datetime > TIMESTAMP('1999-01-01T00:00:00Z')", ["a.one"]],
    ["datetime > '1999-01-01T00:00:00Z'", ["a.one"]],
    ['"eo:cloud_cover" < 10', []],
  ])("understands %s", (filter, ids) => {
    expect(byFilter(filter)).toEqual(ids);
  });
  it("understands CQL2 in JSON, and the query extension", () => {
    const between = { op: "between", args: [{ property: "bytes" }, 50, 200] };
    expect(byBody({ filter: { op: "not", args: [between] } })).toEqual(["b.two", "c.three"]);
    expect(byBody({ query: { frequency: { in: ["mon", "day"] }, bytes: { gte: 101 } } })).toEqual(["b.two"]);
    expect(byBody({ query: { title: { endsWith: "100%" } } })).toEqual(["b.two"]);
  });
  it("sorts, what has no value last", () => {
    expect(byQuery("sortby=-bytes")).toEqual(["b.two", "a.one", "c.three"]);
    expect(byQuery("sortby=-bytes&limit=2")).toEqual(["b.two", "a.one"]);
    expect(byQuery("sortby=-bytes&limit=1&token=1")).toEqual(["a.one"]);
    expect(byBody({ sortby: [{ field: "properties.frequency", direction: "desc" }] })).toEqual([
      "a.one",
      "b.two",
      "c.three",
    ]);
  });
  it.each([
    ["limit=0", "limit"],
    ["limit=x", "limit"],
    ["bbox=1,2,3", "bbox"],
    ["bbox=1,2,3,nan", "bbox"],
    ["bbox=0,10,1,5", "bbox"],
    ["datetime=2000-01-01", "datetime"],
    ["datetime=../..", "datetime"],
    ["datetime=2001-02-30T00:00:00Z", "datetime"],
    ["datetime=2001-01-01T00:00:00Z/2000-01-01T00:00:00Z", "datetime"],
    ["token=-1", "token"],
    ["intersects={", "intersects"],
    ["intersects={}&bbox=1,2,3,4", "intersects"],
    ["sortby=nothing", "sortby"],
    ["filter=a%20%3D", "filter"],
    ["filter=a%20like", "filter"],
    ["filter-lang=xml&filter=a", "filter-lang"],
    ["filter=evil(a)", "filter"],
    ["filter=%28".concat("%28".repeat(5000)), "filter"],
  ])("refuses %s, naming the field", (query, field) => {
    expect(() => byQuery(query)).toThrow(new RegExp(`^${field}:`));
  });
  it("refuses a body that is none", () => {
    for (const body of [[], "x", null]) expect(() => byBody(body)).toThrow(/^body:/);
    expect(() => byBody({ bbox: "1,2,3,4" })).toThrow(/^bbox:/);
    expect(() => byBody({ ids: "a" })).toThrow(/^ids:/);
    expect(() => byBody({ query: { a: { like: 1 } } })).toThrow(/^query.a:/);
  });
  it("knows no names that every object has", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(byFilter(`"${name}" is null`)).toHaveLength(3);
      expect(byFilter(`"${name}" = 'a'`)).toEqual([]);
    }
  });
  it.each([
    ["title like 'Sea%ice'", ["a.one"]],
    ["title like 'Sea%Sea%ice'", []],
    ["title like '___ ___'", ["a.one"]],
    ["title like '%_s_'", ["c.three"]],
    ["title like '%100\\%'", ["b.two"]],
    ["title not in ('Mask', 'none')", ["a.one", "b.two"]],
    ["frequency in ('mon', 'day') and bytes between 50 and 200", ["a.one"]],
    ["not (frequency = 'mon' or bytes > 1000)", []],
    ["s_within(geometry, polygon((0 40, 20 40, 20 60, 0 60, 0 40)))", ["b.two"]],
    ["s_within(geometry, polygon((0 40, 20 40, 20 60, 0 59, 0 40)))", []],
    ["s_contains(geometry, point(-175 0))", ["a.one"]],
  ])("finds %s", (filter, ids) => {
    expect(byFilter(filter)).toEqual(ids);
  });
  it("takes no pattern for a long time", () => {
    const filter = { op: "like", args: ["a".repeat(3000), `${"%a".repeat(400)}b`] };
    const begun = performance.now();
    expect(byBody({ filter })).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("fields", () => {
  const item = {
    type: "Feature",
    stac_version: "1.1.0",
    id: "a",
    collection: "c",
    properties: { datetime: null, x: 1, y: 2 },
    links: [],
    assets: {},
  };
  it("are chosen, also with a plus and without properties", () => {
    const { fields } = parseQuery(new URLSearchParams("fields=%2Bid,properties.x,-assets"));
    expect(selectFields(item, fields ?? { include: [], exclude: [] })).toEqual({
      type: "Feature",
      stac_version: "1.1.0",
      id: "a",
      collection: "c",
      properties: { datetime: null, x: 1 },
    });
  });
  it("are left out", () => {
    expect(selectFields(item, { include: [], exclude: ["properties.x", "links"] })).not.toHaveProperty(
      "links",
    );
    expect(item.properties.x).toBe(1);
  });
});
