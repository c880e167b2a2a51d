import type { Batch, BatchTexts, DatasetSummary, DescribedDataset } from "@zarr-gateway/plugin";
import { describedMetadata, summaryMetadata } from "./entry-metadata.ts";
import { EntryNames } from "./entry-names.ts";
import { inertText } from "./inert-text.ts";
import { groupsOf, type Method, type MethodOptions, methodsOf } from "./methods.ts";
import { methodEntries, sourceEntries } from "./source-entries.ts";
import { aliasEntries, dataEntries, readerEntries } from "./version-two-entries.ts";
import { flowYaml, type YamlValue, yamlLine, yamlText } from "./yaml.ts";

export interface CatalogOptions extends MethodOptions {
  /** Base of links, without a slash at the end. */
  readonly base: string;
  /** The request's own URL. */
  readonly accessUrl: string;
}

export interface ListOptions extends CatalogOptions {
  /** What was written of batches before. */
  readonly texts: Pick<BatchTexts, "of">;
}

const MAX_GROUPS = 20;
const MAX_GROUPS_OF_ONE = 500;
/** So many datasets that cannot be opened are named with the reason. */
const MAX_FAILURES = 1000;

export type Batches = AsyncIterable<Batch>;
/** Pieces of a text; those that are bytes are UTF-8. */
export type Pieces = AsyncGenerator<string | Uint8Array>;

/** `/intake.yaml`: version 1, every dataset a data source. */
export function flatCatalog(batches: Batches, options: ListOptions): Pieces {
  return versionOne(batches, options, "flat", (summary) => {
    const methods = methodsOf(summary, options);
    if (methods.length === 0) return "";
    return sourceEntries({
      id: summary.id,
      url: datasetUrl(options, summary.id),
      description: yamlText(descriptionOf(summary)),
      metadata: summaryMetadata(summary),
      methods,
      groups: groupsOf(summary.variables ?? [], MAX_GROUPS),
    });
  });
}

/** `/intake-nested.yaml`: version 1, every dataset a catalog, as xpublish-intake writes it. */
export function nestedCatalog(batches: Batches, options: ListOptions): Pieces {
  return versionOne(
    batches,
    options,
    "nested",
    (summary) =>
      `${new EntryNames(summary.id).key()}
    driver: "intake.catalog.local.YAMLFileCatalog"
    description: ${yamlText(descriptionOf(summary))}
    args: {path: ${yamlText(`${datasetUrl(options, summary.id)}/catalog.yaml`)}}
    metadata: ${summaryMetadata(summary)}
`,
  );
}

async function* versionOne(
  batches: Batches,
  options: ListOptions,
  form: string,
  entry: (summary: DatasetSummary) => string,
): Pieces {
  yield yamlLine(0, "name", "zarr-gateway") + yamlLine(0, "sources");
  const failures = new Failures();
  let isEmpty = true;
  for await (const batch of batches) {
    failures.note(batch);
    const text = await options.texts.of(batch, `${form} ${options.base}`, () => written(batch, entry));
    if (text.length > 0) isEmpty = false;
    yield text;
  }
  yield (isEmpty ? "  {}\n" : "") + yamlLine(0, "metadata", catalogMetadata(options, failures));
}

/** Those that open, one after the other. */
function written(batch: Batch, entry: (summary: DatasetSummary) => string): string {
  let text = "";
  for (const summary of batch) if (summary.failure === undefined) text += entry(summary);
  return text;
}

/** `P/catalog.yaml`: version 1, one dataset with all its groups; names of entries as xpublish-intake and cloudify have them too. */
export function datasetCatalog(described: DescribedDataset, options: CatalogOptions): string {
  const { id, description } = described;
  const url = datasetUrl(options, id);
  const methods = methodsOf(described, options);
  const text = descriptionOf(description);
  const paths = description.variables.filter(({ isCoordinate }) => !isCoordinate).map(({ path }) => path);
  const groups = groupsOf(paths, MAX_GROUPS_OF_ONE);
  const metadata = flowYaml(describedMetadata(described));
  const entries = { id, url, description: yamlText(text), metadata, methods, groups };
  return (
    yamlLine(0, "name", inertText(id, 3000)) +
    yamlLine(0, "description", text) +
    yamlLine(0, "metadata", catalogMetadata(options)) +
    (methods.length === 0
      ? yamlLine(0, "sources", {})
      : yamlLine(0, "sources") + methodEntries(entries) + sourceEntries(entries))
  );
}

/** `/intake2.yaml`: version 2, which wants all of its five keys. */
export async function* versionTwoCatalog(batches: Batches, options: ListOptions): Pieces {
  const all: Batch[] = [];
  const failures = new Failures();
  const section = (name: string, batch: Batch, entries: VersionTwoEntries): Promise<Uint8Array> =>
    options.texts.of(batch, `${name} ${options.base}`, () =>
      written(batch, (summary) => {
        const methods = methodsOf(summary, options);
        return methods.length === 0 ? "" : entries(summary, methods);
      }),
    );
  yield yamlLine(0, "version", 2) + yamlLine(0, "user_parameters", {}) + yamlLine(0, "entries");
  let isEmpty = true;
  for await (const batch of batches) {
    failures.note(batch);
    all.push(batch);
    const text = await section("entries", batch, (summary, methods) =>
      readerEntries(summary.id, methods, summaryMetadata(summary, descriptionOf(summary))),
    );
    if (text.length > 0) isEmpty = false;
    yield text;
  }
  if (isEmpty) yield `  {}\n${yamlLine(0, "data", {})}${yamlLine(0, "aliases", {})}`;
  else {
    yield yamlLine(0, "data");
    for (const batch of all)
      yield section("data", batch, ({ id }, methods) => dataEntries(id, methods, datasetUrl(options, id)));
    yield yamlLine(0, "aliases");
    for (const batch of all) yield section("aliases", batch, ({ id }, methods) => aliasEntries(id, methods));
  }
  yield yamlLine(0, "metadata", catalogMetadata(options, failures));
}

type VersionTwoEntries = (summary: DatasetSummary, methods: readonly Method[]) => string;

function catalogMetadata({ accessUrl }: CatalogOptions, failures?: Failures): YamlValue {
  return { source: "Served via `zarr-gateway`", access_url: accessUrl, unavailable: failures?.reasons };
}

function descriptionOf({ title, summary }: { readonly title?: string; readonly summary?: string }): string {
  return inertText(title ?? summary ?? "");
}

function datasetUrl({ base }: CatalogOptions, id: string): string {
  return `${base}/datasets/${encodeURIComponent(id)}`;
}

/** Datasets that cannot be opened now: named, but no sources. */
class Failures {
  readonly #reasons: Record<string, string> = {};
  #count = 0;

  note(batch: Batch): void {
    for (const { id, failure } of batch) {
      if (failure === undefined) continue;
      this.#count += 1;
      if (this.#count <= MAX_FAILURES) this.#reasons[id] = inertText(failure);
    }
  }

  get reasons(): Readonly<Record<string, string>> | undefined {
    return this.#count === 0 ? undefined : this.#reasons;
  }
}
