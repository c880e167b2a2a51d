import { isJobEnded, type JobRecord, jobState } from "@zarr-gateway/jobs";
import { breakable, type Html, html } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { FrontDoor } from "../api/front-door.ts";
import { encodedPath } from "../api/result-route.ts";

/** What a job has left behind so far. */
export interface ShownResults {
  /** Ids, the main one first. */
  readonly datasets: readonly string[];
  /** Names at the top; folders with a slash at the end. */
  readonly names: readonly string[];
  /** Of a run that is over. */
  readonly total: { readonly files: number; readonly bytes: number } | undefined;
}

const MAX_NAMES = 50;
const MAX_DATASETS = 20;

/** Undefined where there is nothing, or nothing any more. */
export async function shownResults(
  { results }: FrontDoor,
  job: JobRecord,
  options: CallOptions,
): Promise<ShownResults | undefined> {
  if (results === undefined || job.expiredAt !== undefined) return undefined;
  const datasets = (await results.datasets?.(job)) ?? [];
  const names = (await results.folder(job, "", options)) ?? [];
  if (datasets.length === 0 && names.length === 0) return undefined;
  const total = await results.manifest(job, { offset: 0, limit: 1 }, options);
  return { datasets, names, total };
}

/** Links to datasets, files and the archive. */
export function resultsSection(shown: ShownResults, job: JobRecord, root: string): Html {
  const { datasets, names, total } = shown;
  const results = `${root}v1/jobs/${job.id}/results`;
  const isWritten = !isJobEnded(jobState(job));
  return html`<h2>Results</h2>
${datasets
  .slice(0, MAX_DATASETS)
  .map(
    (id) =>
      html`<p>Dataset <a href="${root}datasets/${id}">${breakable(id)}</a>${isWritten ? " (so far)" : undefined}</p>\n`,
  )}${more(datasets.length - MAX_DATASETS, "datasets")}<ul class="files">
${names.slice(0, MAX_NAMES).map((name) => html`<li><a href="${results}/${encodedPath(name)}">${breakable(name)}</a></li>\n`)}</ul>
${more(names.length - MAX_NAMES, "names")}<p class="quiet">${
    total && html`${total.files} ${total.files === 1 ? "file" : "files"}, ${sizeOf(total.bytes)} · `
  }<a href="${results}">list with sizes and checksums</a>${
    total && html` · <a href="${results}/archive.zip" download>all as a zip</a>`
  }</p>
`;
}

function more(count: number, what: string): Html | undefined {
  return count > 0 ? html`<p class="quiet">and ${count} more ${what}</p>\n` : undefined;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[power]}`;
}
