import type { Batch, DatasetSummary } from "@zarr-gateway/plugin";

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

export interface BrokenDataset {
  readonly id: string;
  readonly failure: string;
}

/** A document of all datasets: what stands before, between and after what is said of each. */
export interface ListForm {
  readonly start: (options: ListOptions) => string;
  /** Of a dataset that opens; "" where this catalog has nothing to say of it. */
  readonly entry: (summary: DatasetSummary, options: ListOptions) => string;
  /** Of a dataset that does not open, where the form can hold one without data; else it is left out. */
  readonly broken?: (failed: BrokenDataset, options: ListOptions) => string;
  readonly separator?: string;
  readonly end?: string;
}

/** Text of some datasets, as `BatchTexts` keeps it. */
export type WrittenBatch = (batch: Batch, write: () => string) => Promise<Uint8Array>;

/** The document in pieces; those that are bytes are UTF-8. */
export async function* listPieces(
  batches: AsyncIterable<Batch>,
  form: ListForm,
  { options, written }: { readonly options: ListOptions; readonly written: WrittenBatch },
): AsyncGenerator<string | Uint8Array> {
  const { separator = "" } = form;
  yield form.start(options);
  let between = "";
  for await (const batch of batches) {
    const text = await written(batch, () =>
      batch
        .map((summary) => entryOf(summary, form, options))
        .filter((entry) => entry !== "")
        .join(separator),
    );
    if (text.length === 0) continue;
    yield between;
    yield text;
    between = separator;
  }
  yield form.end ?? "";
}

function entryOf(summary: DatasetSummary, form: ListForm, options: ListOptions): string {
  const { id, failure } = summary;
  if (failure === undefined) return form.entry(summary, options);
  return form.broken?.({ id, failure }, options) ?? "";
}

export function datasetUrl({ base }: ListOptions, id: string): string {
  return `${base}/datasets/${encodeURIComponent(id)}`;
}
