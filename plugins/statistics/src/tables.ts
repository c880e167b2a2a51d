import { csvLine } from "@zarr-gateway/primitives";
import type { DatasetRow, SummaryRow } from "./dataset-row.ts";

export const DATASET_COLUMNS = [
  "dataset_id",
  "nbytes [TB]",
  "nvars",
  "var_names",
  "no_of_years",
  "start_year",
  "end_year",
] as const;

export const SUMMARY_COLUMNS = [
  "total_datasets",
  "total_nbytes [TB]",
  "max_nbytes [TB]",
  "unique_vars_count",
  "min_year",
  "max_year",
  "max_years",
] as const;

const TB = 1024 ** 4;

export function datasetCells(row: DatasetRow): (string | number)[] {
  const { id, bytes, variables, years, startYear, endYear } = row;
  // a Python list literal, as cloudify's tables have it
  const names = `[${variables.map((name) => `'${name.replaceAll(/['\\]/g, "")}'`).join(", ")}]`;
  return [id, bytes / TB, variables.length, names, years, startYear, endYear];
}

export function summaryCells(row: SummaryRow): number[] {
  const { datasets, bytes, maxBytes, uniqueVariables, minYear, maxYear, maxYears } = row;
  return [datasets, bytes / TB, maxBytes / TB, uniqueVariables, minYear, maxYear, maxYears];
}

export interface Page {
  readonly title: string;
  readonly columns: readonly string[];
  /** Address of the same table as CSV, relative. */
  readonly csv: string;
}

export function pageStart({ title, columns, csv }: Page): string {
  const heads = columns.map((name) => `<th scope="col">${escapedHtml(name)}</th>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapedHtml(title)}</title>
<link rel="stylesheet" href="stats.css">
</head>
<body>
<main>
<h1>${escapedHtml(title)}</h1>
<p><a href="${escapedHtml(csv)}">Download as CSV</a></p>
<div class="scroll" tabindex="0" role="region" aria-label="${escapedHtml(title)}">
<table>
<thead><tr>${heads}</tr></thead>
<tbody>
`;
}

export const PAGE_END = "</tbody>\n</table>\n</div>\n</main>\n</body>\n</html>\n";

/** The first cell is a link where there is an address for it. */
export function htmlRow(cells: readonly (string | number)[], href?: string): string {
  const written = cells.map((cell, position) => {
    if (typeof cell === "number") return `<td class="number">${Math.round(cell * 1e6) / 1e6}</td>`;
    const text = escapedHtml(cell);
    return position === 0 && href !== undefined
      ? `<td><a href="${escapedHtml(href)}">${text}</a></td>`
      : `<td>${text}</td>`;
  });
  return `<tr>${written.join("")}</tr>\n`;
}

export { csvLine };

function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export const STYLE = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 80rem; margin: 0 auto; padding: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
thead th { position: sticky; top: 0; background: Canvas; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
`;
