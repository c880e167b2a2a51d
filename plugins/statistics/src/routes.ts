import { jsonResource, notFoundResponse, respond, respondGathered, textResource } from "@zarr-gateway/http";
import { admittedBatches, type Descriptions, described, type Host } from "@zarr-gateway/plugin";
import { plainLine } from "@zarr-gateway/primitives";
import { type Context, type Handler, Hono } from "hono";
import type { AccessCounter, DatasetAccess } from "./access-counter.ts";
import { type DatasetRow, rowOf, Summing } from "./dataset-row.ts";
import {
  csvLine,
  DATASET_COLUMNS,
  datasetCells,
  htmlRow,
  PAGE_END,
  pageStart,
  STYLE,
  SUMMARY_COLUMNS,
  summaryCells,
} from "./tables.ts";

export interface StatisticsServices {
  readonly host: Host;
  readonly descriptions: Descriptions;
  readonly access: AccessCounter;
  readonly windowSeconds: number;
}

type Format = "html" | "csv";

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  html: "text/html; charset=utf-8",
  csv: "text/csv; charset=utf-8",
};
const SECURITY_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";
const TOP = 10;
const TABLE = {
  name: "table",
  in: "path",
  description: "`stats-{project}`, `stats-summary-{project}` or `stats-all`, and `.html` or `.csv`",
  required: true,
  schema: { type: "string", pattern: "^stats-[a-z0-9-]+\\.(html|csv)$" },
} as const;

export function statisticsRoutes(services: StatisticsServices): Hono {
  const routes = new Hono();
  const get = (path: string, summary: string, mediaTypes: readonly string[], handler: Handler): void => {
    const answers = Object.fromEntries(mediaTypes.map((type) => [type, {}]));
    const parameters = path.includes(":table") ? [TABLE] : [];
    routes.get(path, described({ summary, tags: ["statistics"], parameters, answers }, handler));
  };
  const tables = ["text/html", "text/csv"];
  for (const format of ["html", "csv"] as const)
    get(`/stats-summary.${format}`, "All datasets in one line", [`text/${format}`], (c) =>
      answerTable(c, services),
    );
  get("/:table{stats-[a-z0-9-]+\\.(?:html|csv)}", "Tables of datasets by project", tables, (c) =>
    answerTable(c, services),
  );
  get("/stats_nginx.json", "Who reads what, of the last moments", ["application/json"], (c) =>
    answerAccess(c, services),
  );
  get("/stats.css", "Style of the tables", ["text/css"], (c) =>
    respond(c, textResource(STYLE, { contentType: "text/css; charset=utf-8" })),
  );
  return routes;
}

/** `stats-summary`, `stats-summary-{project}` and `stats-{project}`. */
async function answerTable(c: Context, services: StatisticsServices): Promise<Response> {
  const { name = "", format = "html" } =
    /^stats-(?<name>.+)\.(?<format>html|csv)$/.exec(c.req.param("table") ?? c.req.path.slice(1))?.groups ??
    {};
  const kind: Format = format === "csv" ? "csv" : "html";
  const [, ofProject] = /^summary(?:-(.+))?$/.exec(name) ?? [];
  const isSummary = name === "summary" || ofProject !== undefined;
  const project = isSummary ? ofProject : name;
  const rows = rowsOf(c, services, project === "all" ? undefined : project)[Symbol.asyncIterator]();
  const first = await rows.next();
  if (first.done === true && project !== undefined) return notFoundResponse(c, "Could not create table");
  const all = resumed(first, rows);
  const title = project === undefined ? "All datasets" : `Datasets of ${project}`;
  const parts = isSummary
    ? summaryTable(all, kind, { title: `Summary: ${title}`, csv: `stats-${name}.csv` })
    : datasetTable(all, kind, { title, csv: `stats-${name}.csv` });
  const response = await respondGathered(c, CONTENT_TYPES[kind], parts);
  if (kind === "html") response.headers.set("Content-Security-Policy", SECURITY_POLICY);
  else response.headers.set("Content-Disposition", `attachment; filename=${name}.csv`);
  return response;
}

/** Rows of datasets that open, many at a time; none of them is empty. */
async function* rowsOf(
  c: Context,
  { host, descriptions }: StatisticsServices,
  project: string | undefined,
): AsyncGenerator<readonly DatasetRow[]> {
  for await (const batch of admittedBatches(host, descriptions, c.req.raw)) {
    const rows = batch
      .filter(({ failure }) => failure === undefined)
      .map(rowOf)
      .filter((row) => project === undefined || row.project === project);
    if (rows.length > 0) yield rows;
  }
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}

interface TableTexts {
  readonly title: string;
  readonly csv: string;
}

async function* datasetTable(
  rows: AsyncIterable<readonly DatasetRow[]>,
  format: Format,
  texts: TableTexts,
): AsyncGenerator<string> {
  yield format === "csv" ? csvLine(DATASET_COLUMNS) : pageStart({ ...texts, columns: DATASET_COLUMNS });
  const lineOf = (row: DatasetRow): string => {
    const cells = datasetCells(row);
    return format === "csv"
      ? csvLine(cells)
      : htmlRow(shownCells(cells), `datasets/${encodeURIComponent(row.id)}/`);
  };
  for await (const some of rows) yield some.map(lineOf).join("");
  if (format === "html") yield PAGE_END;
}

function shownCells(cells: readonly (string | number)[]): (string | number)[] {
  return cells.map((cell) => (typeof cell === "string" ? plainLine(cell, 1000) : cell));
}

async function* summaryTable(
  rows: AsyncIterable<readonly DatasetRow[]>,
  format: Format,
  texts: TableTexts,
): AsyncGenerator<string> {
  const sum = new Summing();
  for await (const some of rows) for (const row of some) sum.add(row);
  const cells = summaryCells(sum.row);
  yield format === "csv"
    ? csvLine(SUMMARY_COLUMNS) + csvLine(cells)
    : pageStart({ ...texts, columns: SUMMARY_COLUMNS }) + htmlRow(cells) + PAGE_END;
}

/** Named as cloudify's, which read it from the log of nginx. */
async function answerAccess(c: Context, services: StatisticsServices): Promise<Response> {
  const { host, access, windowSeconds } = services;
  const { clients, bytes, datasets } = access.summary();
  const top = async (key: "bytes" | "requests"): Promise<DatasetAccess[]> => {
    const chosen: DatasetAccess[] = [];
    for (const counted of datasets.toSorted((a, b) => b[key] - a[key])) {
      if (chosen.length >= TOP) break;
      if (await host.admits(counted.dataset, c.req.raw)) chosen.push(counted);
    }
    return chosen;
  };
  const document = {
    window_seconds: windowSeconds,
    unique_ips: clients,
    total_GB: Math.round(bytes / 1e6) / 1e3,
    top10_datasets_by_bytes: (await top("bytes")).map((one) => ({ dataset: one.dataset, bytes: one.bytes })),
    top10_datasets_by_requests: (await top("requests")).map((one) => ({
      dataset: one.dataset,
      requests: one.requests,
    })),
  };
  return respond(c, jsonResource(document, { cacheControl: "no-store" }));
}
