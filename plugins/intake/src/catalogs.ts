import type { DatasetSummary, DescribedDataset } from "@zarr-gateway/plugin";
import { describedMetadata, summaryMetadata } from "./entry-metadata.ts";
import { inertText } from "./inert-text.ts";
import { groupsOf, type MethodOptions, methodsOf } from "./methods.ts";
import { ofMethod, sourceEntries } from "./source-entries.ts";
import { type YamlValue, yamlLine } from "./yaml.ts";

export interface CatalogOptions extends MethodOptions {
  /** Base of links, without a slash at the end. */
  readonly base: string;
  /** The request's own URL. */
  readonly accessUrl: string;
}

const MAX_GROUPS = 20;
const MAX_GROUPS_OF_ONE = 500;
/** So many datasets that cannot be opened are named with the reason. */
const MAX_FAILURES = 1000;

export type Summaries = AsyncIterable<DatasetSummary>;

/** `/intake.yaml`: version 1, every dataset a data source. */
export function flatCatalog(summaries: Summaries, options: CatalogOptions): AsyncGenerator<string> {
  return versionOne(summaries, options, (summary) => {
    const methods = methodsOf(summary, options);
    if (methods.length === 0) return "";
    return sourceEntries({
      ...summary,
      url: datasetUrl(options, summary.id),
      description: descriptionOf(summary),
      metadata: summaryMetadata(summary),
      methods,
      groups: groupsOf(summary.variables ?? [], MAX_GROUPS),
    });
  });
}

/** `/intake-nested.yaml`: version 1, every dataset a catalog, as xpublish-intake writes it. */
export function nestedCatalog(summaries: Summaries, options: CatalogOptions): AsyncGenerator<string> {
  return versionOne(
    summaries,
    options,
    (summary) =>
      yamlLine(2, summary.id) +
      yamlLine(4, "driver", "intake.catalog.local.YAMLFileCatalog") +
      yamlLine(4, "description", descriptionOf(summary)) +
      yamlLine(4, "args", { path: `${datasetUrl(options, summary.id)}/catalog.yaml` }) +
      yamlLine(4, "metadata", summaryMetadata(summary)),
  );
}

async function* versionOne(
  summaries: Summaries,
  options: CatalogOptions,
  entry: (summary: DatasetSummary) => string,
): AsyncGenerator<string> {
  yield yamlLine(0, "name", "zarr-gateway") + yamlLine(0, "sources");
  const failures = new Failures();
  let isEmpty = true;
  for await (const summary of summaries) {
    const text = failures.noted(summary) ? "" : entry(summary);
    if (text === "") continue;
    isEmpty = false;
    yield text;
  }
  yield (isEmpty ? "  {}\n" : "") + yamlLine(0, "metadata", catalogMetadata(options, failures));
}

/** `P/catalog.yaml`: version 1, one dataset with all its groups; names of entries as xpublish-intake and cloudify have them too. */
export function datasetCatalog(described: DescribedDataset, options: CatalogOptions): string {
  const { id, description } = described;
  const url = datasetUrl(options, id);
  const methods = methodsOf(described, options);
  const text = descriptionOf(description);
  const paths = description.variables.filter(({ isCoordinate }) => !isCoordinate).map(({ path }) => path);
  const groups = groupsOf(paths, MAX_GROUPS_OF_ONE);
  const metadata = describedMetadata(described);
  const entries = [
    ...methods.map((method) => ofMethod(`${id}-${method}`, { url, description: text }, method)),
    sourceEntries({ id, url, description: text, metadata, methods, groups }),
  ];
  return (
    yamlLine(0, "name", inertText(id, 3000)) +
    yamlLine(0, "description", text) +
    yamlLine(0, "metadata", catalogMetadata(options)) +
    (methods.length === 0 ? yamlLine(0, "sources", {}) : yamlLine(0, "sources") + entries.join(""))
  );
}

/** `/intake2.yaml`: version 2, which wants all of its five keys. */
export async function* versionTwoCatalog(
  summaries: Summaries,
  options: CatalogOptions,
): AsyncGenerator<string> {
  const data: string[] = [];
  const aliases: string[] = [];
  const failures = new Failures();
  yield yamlLine(0, "version", 2) + yamlLine(0, "user_parameters", {}) + yamlLine(0, "entries");
  for await (const summary of summaries) {
    const [preferred, ...others] = failures.noted(summary) ? [] : methodsOf(summary, options);
    if (preferred === undefined) continue;
    const { id } = summary;
    const url = datasetUrl(options, id);
    const metadata = { description: descriptionOf(summary), ...summaryMetadata(summary) };
    aliases.push(yamlLine(2, id, `${id}.${preferred}`));
    for (const method of [preferred, ...others]) {
      const name = `${id}.${method}`;
      // entries and data lie in one name space
      const token = `${name}.data`;
      aliases.push(yamlLine(2, name, name));
      data.push(yamlLine(2, token, dataEntry(`${url}/${method}`)));
      yield yamlLine(2, name, readerEntry(token, method === preferred ? metadata : {}));
    }
  }
  const isEmpty = aliases.length === 0;
  const section = (key: string, lines: readonly string[]): string =>
    isEmpty ? yamlLine(0, key, {}) : yamlLine(0, key) + lines.join("");
  yield (isEmpty ? "  {}\n" : "") + section("data", data);
  yield section("aliases", aliases) + yamlLine(0, "metadata", catalogMetadata(options, failures));
}

function dataEntry(url: string): YamlValue {
  return {
    datatype: "intake.readers.datatypes:Zarr",
    kwargs: { url },
    metadata: {},
    user_parameters: {},
  };
}

function readerEntry(token: string, metadata: { readonly [key: string]: YamlValue | undefined }): YamlValue {
  return {
    reader: "intake.readers.readers:XArrayDatasetReader",
    kwargs: { data: `{data(${token})}`, consolidated: true },
    metadata,
    output_instance: "xarray:Dataset",
    user_parameters: {},
  };
}

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

  noted({ id, failure }: DatasetSummary): boolean {
    if (failure === undefined) return false;
    this.#count += 1;
    if (this.#count <= MAX_FAILURES) this.#reasons[id] = inertText(failure);
    return true;
  }

  get reasons(): Readonly<Record<string, string>> | undefined {
    return this.#count === 0 ? undefined : this.#reasons;
  }
}
