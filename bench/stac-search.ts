// node bench/stac-search.ts [COUNT]: CPU time of every kind of search over so many items, as the STAC API does it.
import type { DatasetSummary } from "@zarr-gateway/plugin";
import { createState } from "../plugins/stac/src/collection/catalog-state.ts";
import { findRecords } from "../plugins/stac/src/search/find-records.ts";
import { parseBody, parseQuery } from "../plugins/stac/src/search/parse-search.ts";
import { sortedPage } from "../plugins/stac/src/search/sorted-page.ts";

const count = Number(process.argv[2] ?? 100_000);
const RUNS = 15;

/** Seeded: every run searches the same items. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomNumbers(5);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // inside

function summaryOf(position: number): DatasetSummary {
  const [table, source, experiment] = [
    pick(["Amon", "day", "Omon", "SImon", "fx"]),
    `MODEL-${Math.floor(random() * 60)}`,
    pick(["historical", "ssp126", "ssp245", "ssp370", "ssp585", "piControl"]),
  ];
  const west = random() * 360 - 180;
  const south = random() * 150 - 90;
  const isGlobal = random() < 0.5;
  const year = 1850 + Math.floor(random() * 200);
  const variable = pick(["tas", "pr", "tos", "siconc", "ua", "va", "zg", "hus"]);
  const id = `cmip6.${source}.${experiment}.${table}.${variable}.r${position}i1p1f1`;
  return {
    id,
    version: String(position),
    format: pick(["netcdf-4", "zarr v3", "icechunk"]),
    title: `${variable} of ${source} in ${experiment}, member ${position}`,
    bbox: isGlobal ? [-180, -90, 180, 90] : [west, south, Math.min(180, west + 20), south + 30],
    start: `${year}-01-01T00:00:00Z`,
    end: `${year + 10}-12-31T00:00:00Z`,
    bytes: Math.floor(random() * 1e10),
    variables: [variable, `${variable}_bnds`],
    keywords: [table, experiment],
    license: "CC-BY-4.0",
    grid: pick(["regular", "curvilinear", "unstructured"]),
    created: `20${10 + (position % 15)}-05-01T00:00:00Z`,
    modified: `2026-01-${String(1 + (position % 28)).padStart(2, "0")}T00:00:00Z`,
    facets: {
      source_id: source,
      experiment_id: experiment,
      table_id: table,
      frequency: table === "day" ? "day" : "mon",
      variable_id: variable,
      activity_id: "CMIP",
      institution_id: `INST-${position % 40}`,
      member: position,
    },
  };
}

const state = createState(
  Array.from({ length: count }, (_, position) => summaryOf(position)),
  { collectionIdOf: ({ facets }) => String(facets?.["experiment_id"]), generation: 1 },
);

const polygon = {
  type: "Polygon",
  coordinates: [
    [
      [5, 45],
      [15, 44],
      [16, 55],
      [6, 56],
      [5, 45],
    ],
  ],
};
const circle = Array.from({ length: 401 }, (_, at) => [
  10 + 30 * Math.cos((at * Math.PI) / 200),
  10 + 30 * Math.sin((at * Math.PI) / 200),
]);
circle[400] = circle[0] as number[]; // closed
const text = (filter: string): string => String(new URLSearchParams({ filter }));
const QUERIES: Readonly<Record<string, string | object>> = {
  everything: "limit=10",
  "a late page": `limit=10&token=${count - 20}`,
  "one box": "bbox=9,49,11,51",
  "box across the antimeridian": "bbox=170,-10,-170,10",
  "whole world": "bbox=-180,-90,180,90",
  interval: "datetime=1990-01-01T00:00:00Z/1995-01-01T00:00:00Z",
  "box and interval": "bbox=9,49,11,51&datetime=1990-01-01T00:00:00Z/1995-01-01T00:00:00Z",
  polygon: { intersects: polygon },
  "polygon of 400 corners": { intersects: { type: "Polygon", coordinates: [circle] } },
  "ids of 100": `ids=${Array.from({ length: 100 }, (_, at) => state.records[at * 7]?.id).join(",")}`,
  "one collection": "collections=historical",
  "three collections": "collections=historical,ssp126,ssp585",
  "free text": "q=model-17",
  "free text, three words": "q=tos,siconc,member 77",
  "free text, nothing": "q=nothing-like-this",
  "attribute = text": text("source_id = 'MODEL-17'"),
  "attribute <> text": text("source_id <> 'MODEL-17'"),
  "attribute in list": text("source_id in ('MODEL-17','MODEL-18','MODEL-19')"),
  "not in list": text("source_id not in ('MODEL-17','MODEL-18')"),
  "two attributes": text("experiment_id = 'ssp585' and table_id = 'Amon'"),
  "either attribute": text("experiment_id = 'ssp585' or table_id = 'Amon'"),
  "number between": text("bytes between 1000000 and 2000000000"),
  arithmetic: text("bytes / 1024 > 5000000"),
  "like prefix": text("title like 'tas of%'"),
  "like infix": text("title like '%MODEL-17 in%member%'"),
  "casei like": text("casei(title) like casei('%model-17%')"),
  accenti: text("accenti(title) = accenti('été')"),
  "casei in list": text("casei(source_id) in (casei('model-17'), casei('model-18'))"),
  "is null": text("nothing is null"),
  "time after": text("datetime > TIMESTAMP('2000-01-01T00:00:00Z')"),
  created: text("created > TIMESTAMP('2020-01-01T00:00:00Z')"),
  updated: text("updated > TIMESTAMP('2026-01-20T00:00:00Z')"),
  t_intersects: text("T_INTERSECTS(datetime, INTERVAL('1990-01-01','1995-01-01'))"),
  t_after: text("T_AFTER(updated, TIMESTAMP('2026-01-20T00:00:00Z'))"),
  s_intersects: text("S_INTERSECTS(geometry, POLYGON((5 45,15 44,16 55,6 56,5 45)))"),
  s_within: text("S_WITHIN(geometry, POLYGON((-90 -80,90 -80,90 80,-90 80,-90 -80)))"),
  s_contains: text("S_CONTAINS(geometry, POINT(10 50))"),
  s_disjoint: text("S_DISJOINT(geometry, POLYGON((5 45,15 44,16 55,6 56,5 45)))"),
  a_contains: text("A_CONTAINS(variables, ('tas'))"),
  a_overlaps: text("A_OVERLAPS(keywords, ('Amon','ssp585'))"),
  license: text("license = 'CC-BY-4.0'"),
  "sorted by number": "sortby=-bytes",
  "sorted by text": "sortby=title",
  "sorted by time": "sortby=-properties.datetime",
  "sorted by created": "sortby=created",
  "sorted by attribute": "sortby=source_id,-bytes",
  "sorted by license": "sortby=license",
  "sorted, 1000 of them": "sortby=-bytes&limit=1000",
  "sorted, a late page": `sortby=title&limit=10&token=${Math.floor(count / 2)}`,
  "filter, box and sorting": `${text("experiment_id = 'ssp585'")}&bbox=0,0,50,50&sortby=-datetime`,
  "query extension": { query: { source_id: { eq: "MODEL-17" }, bytes: { gt: 1e9 } } },
};

const rows = Object.entries(QUERIES).map(([name, query]) => {
  const times: number[] = [];
  let matched = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const begun = process.cpuUsage();
    const request = typeof query === "string" ? parseQuery(new URLSearchParams(query)) : parseBody(query);
    const found = findRecords(state, request);
    sortedPage(state, found, request);
    const { user, system } = process.cpuUsage(begun);
    times.push((user + system) / 1000);
    matched = found.length;
  }
  times.sort((a, b) => a - b);
  return { name, matched, median: times[Math.floor(RUNS / 2)] ?? 0, slowest: times.at(-1) ?? 0 };
});
process.stdout.write(`${count} items, CPU milliseconds of ${RUNS} runs\n`);
for (const { name, matched, median, slowest } of rows.toSorted((a, b) => b.median - a.median))
  process.stdout.write(
    `${median.toFixed(1).padStart(7)} ${slowest.toFixed(1).padStart(7)}  ${name} (${matched} found)\n`,
  );
