import type { DatasetSummary } from "@zarr-gateway/plugin";

/** What the catalogs say about themselves, from `catalog` of the configuration. */
export interface CatalogTexts {
  readonly title: string;
  readonly description: string;
  readonly publisher?: { readonly name: string; readonly url?: string | undefined } | undefined;
}

export interface ListOptions extends CatalogTexts {
  /** Base of links, without a slash at the end. */
  readonly base: string;
}

export type Summaries = AsyncIterable<DatasetSummary>;

/** Writes a document of all datasets in pieces. */
export type WriteList = (summaries: Summaries, options: ListOptions) => AsyncIterable<string>;

export function datasetUrl({ base }: ListOptions, id: string): string {
  return `${base}/datasets/${encodeURIComponent(id)}`;
}
