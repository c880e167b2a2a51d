import type { DatasetSummary } from "@zarr-gateway/plugin";

/** What the tables say of a dataset; one without times has years of 0. */
export interface DatasetRow {
  readonly id: string;
  readonly project: string;
  readonly bytes: number;
  readonly variables: readonly string[];
  readonly years: number;
  readonly startYear: number;
  readonly endYear: number;
}

/** All rows of a project, or of all, in one. */
export interface SummaryRow {
  readonly datasets: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly uniqueVariables: number;
  readonly minYear: number;
  readonly maxYear: number;
  readonly maxYears: number;
}

const PROJECT_ATTRIBUTES = ["project_id", "project", "mip_era", "activity_id"];

export function rowOf(summary: DatasetSummary): DatasetRow {
  const { id, bytes = 0, variables = [], start, end } = summary;
  const startYear = yearOf(start);
  const endYear = yearOf(end);
  return {
    id,
    project: projectOf(summary),
    bytes,
    variables,
    years: start === undefined ? 0 : endYear - startYear + 1,
    startYear,
    endYear,
  };
}

/** From an attribute as the big archives have it, else the first part of the id; as a name in an address. */
export function projectOf({ id, facets = {} }: Pick<DatasetSummary, "id" | "facets">): string {
  const named = PROJECT_ATTRIBUTES.map((name) => facets[name]).find((value) => value !== undefined);
  const text = String(named ?? id.split(".")[0] ?? id).toLowerCase();
  return text.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "other";
}

/** Sums rows one at a time. */
export class Summing {
  #datasets = 0;
  #bytes = 0;
  #maxBytes = 0;
  #minYear = 0;
  #maxYear = 0;
  #maxYears = 0;
  readonly #variables = new Set<string>();

  add({ bytes, variables, years, startYear, endYear }: DatasetRow): void {
    this.#datasets += 1;
    this.#bytes += bytes;
    this.#maxBytes = Math.max(this.#maxBytes, bytes);
    for (const name of variables) this.#variables.add(name);
    if (years === 0) return;
    this.#minYear = this.#maxYears === 0 ? startYear : Math.min(this.#minYear, startYear);
    this.#maxYear = this.#maxYears === 0 ? endYear : Math.max(this.#maxYear, endYear);
    this.#maxYears = Math.max(this.#maxYears, years);
  }

  get row(): SummaryRow {
    return {
      datasets: this.#datasets,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      uniqueVariables: this.#variables.size,
      minYear: this.#minYear,
      maxYear: this.#maxYear,
      maxYears: this.#maxYears,
    };
  }
}

/** Years before 0000 and after 9999 have a sign (RFC 3339 knows neither). */
function yearOf(moment: string | undefined): number {
  return Number(/^[+-]?\d+/.exec(moment ?? "0")?.[0] ?? 0);
}
