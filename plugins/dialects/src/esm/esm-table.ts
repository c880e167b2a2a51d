import type { DatasetSummary } from "@zarr-gateway/plugin";
import { csvLine, plainLine } from "@zarr-gateway/primitives";
import { datasetUrl, type ListOptions, type Summaries } from "../catalog-texts.ts";
import { ESM_ATTRIBUTES, ESM_COLUMNS } from "./esm-columns.ts";

/** Rows of `/esm-collection.csv`: a dataset has one for each of its data variables. */
export async function* esmTable(summaries: Summaries, options: ListOptions): AsyncGenerator<string> {
  yield csvLine(ESM_COLUMNS);
  for await (const summary of summaries) if (summary.failure === undefined) yield rowsOf(summary, options);
}

function rowsOf(summary: DatasetSummary, options: ListOptions): string {
  const { id, title = "", start = "", end = "", version = "", facets = {}, variables = [] } = summary;
  const attributes = ESM_ATTRIBUTES.map((name) => String(facets[name] ?? ""));
  const url = `${datasetUrl(options, id)}/zarr`;
  const rows = variables.map((path) => {
    const at = path.lastIndexOf("/");
    const group = at < 0 ? "" : path.slice(0, at);
    const href = group === "" ? url : `${url}/${group.split("/").map(encodeURIComponent).join("/")}`;
    // an empty group would be a missing value, which nothing is grouped by
    const place = [id, group === "" ? "/" : group, path.slice(at + 1)];
    return csvLine([...place, ...attributes, plainLine(title), start, end, version, href]);
  });
  return rows.join("");
}
