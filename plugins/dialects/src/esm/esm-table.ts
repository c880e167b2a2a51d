import type { DatasetSummary } from "@zarr-gateway/plugin";
import { csvLine, plainLine } from "@zarr-gateway/primitives";
import { datasetUrl, type ListForm, type ListOptions } from "../catalog-texts.ts";
import { ESM_ATTRIBUTES, ESM_COLUMNS } from "./esm-columns.ts";

/** Rows of `/esm-collection.csv`: a dataset has one for each of its data variables. */
export const esmTable: ListForm = { start: () => csvLine(ESM_COLUMNS), entry: rowsOf };

function rowsOf(summary: DatasetSummary, options: ListOptions): string {
  const { id, title = "", start = "", end = "", version = "", facets = {}, variables = [] } = summary;
  const attributes = ESM_ATTRIBUTES.map((name) => String(facets[name] ?? ""));
  const url = `${datasetUrl(options, id)}/zarr`;
  const rows = variables.map((path) => {
    const at = path.lastIndexOf("/");
    const group = at < 0 ? "" : path.slice(0, at);
    const href =
      group === "" ? url : `${url}/${group.toWellFormed().split("/").map(encodeURIComponent).join("/")}`;
    // an empty group would be a missing value, which nothing is grouped by
    const place = [id, group === "" ? "/" : group, path.slice(at + 1)];
    return csvLine([...place, ...attributes, plainLine(title), start, end, version, href]);
  });
  return rows.join("");
}
