import { EXTENSIONS, STAC_VERSION } from "../item/extensions.ts";
import { unionOfBoxes } from "../item/geometry.ts";
import type { Link } from "../item/item.ts";
import { type CatalogContext, itemAssets } from "../item/item-assets.ts";
import { licenseOf } from "../item/license.ts";
import { plainLine } from "../item/plain-text.ts";
import type { CatalogOptions } from "../options.ts";
import type { CatalogRecord } from "./catalog-record.ts";
import type { CatalogState } from "./catalog-state.ts";

export interface Collection {
  readonly type: "Collection";
  readonly id: string;
  readonly links: readonly Link[];
  readonly [field: string]: unknown;
}

export interface CollectionParts {
  readonly id: string;
  readonly records: readonly CatalogRecord[];
  readonly catalog: CatalogOptions;
  readonly context: CatalogContext;
  readonly links: readonly Link[];
}

/** Of facets with more values than this, summaries say nothing. */
const MAX_SUMMARY_VALUES = 50;

/** A STAC 1.1 collection: what its items have in common, without links to them. */
export function stacCollection({ id, records, catalog, context, links }: CollectionParts): Collection {
  const isWhole = id === catalog.id;
  const title = isWhole ? (catalog.title ?? id) : id;
  const count = records.length === 1 ? "1 dataset" : `${records.length} datasets`;
  const keywords = keywordsOf(records, catalog);
  const hasStoredChunks = records.some(({ summary }) => summary.hasStoredChunks === true);
  return {
    type: "Collection",
    stac_version: STAC_VERSION,
    stac_extensions: context.has("zarr") ? [EXTENSIONS.xarray] : [],
    id,
    title,
    description: catalog.description ?? `${count}, published as Zarr.`,
    ...(keywords.length > 0 && { keywords }),
    license: commonLicense(records, catalog),
    ...(catalog.providers.length > 0 && { providers: catalog.providers }),
    extent: extentOf(records),
    ...summaryFields(records),
    item_assets: Object.fromEntries(
      Object.entries(itemAssets({ id: "x", hasStoredChunks, hasTexts: false }, context)).map(
        ([key, { href: _href, ...asset }]) => [key, asset],
      ),
    ),
    links: [...links, ...catalog.links],
  };
}

function extentOf(records: readonly CatalogRecord[]): object {
  const box = unionOfBoxes(
    records.flatMap((record) => record.box ?? []).length === 0 ? [] : boxesOf(records),
  );
  const timed = records.filter(({ start }) => start !== undefined);
  const first = timed.reduce<CatalogRecord | undefined>(
    (a, b) => (a && a.startMs <= b.startMs ? a : b),
    undefined,
  );
  const last = timed.reduce<CatalogRecord | undefined>(
    (a, b) => (a && a.endMs >= b.endMs ? a : b),
    undefined,
  );
  return {
    spatial: { bbox: [box ?? [-180, -90, 180, 90]] },
    temporal: { interval: [[first?.start ?? null, last?.end ?? null]] },
  };
}

function* boxesOf(records: readonly CatalogRecord[]): Generator<NonNullable<CatalogRecord["box"]>> {
  for (const { box } of records) if (box) yield box;
}

function keywordsOf(records: readonly CatalogRecord[], catalog: CatalogOptions): string[] {
  const counts = new Map<string, number>();
  for (const { summary } of records) {
    for (const keyword of summary.keywords ?? []) {
      const word = plainLine(keyword, 100);
      if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const common = [...counts].toSorted(([, a], [, b]) => b - a).map(([word]) => word);
  return [...new Set([...catalog.keywords, ...common])].slice(0, 50);
}

/** The licence of all, or "other" where they differ. */
function commonLicense(records: readonly CatalogRecord[], catalog: CatalogOptions): string {
  const licenses = new Set<string>();
  for (const { summary } of records) licenses.add(licenseOf(summary.license) ?? catalog.license);
  const [license] = licenses;
  return licenses.size === 1 && license !== undefined
    ? license
    : catalog.license === "other" || licenses.size > 1
      ? "other"
      : catalog.license;
}

function summaryFields(records: readonly CatalogRecord[]): { summaries?: object } {
  const values = new Map<string, Set<string | number>>();
  const note = (name: string, value: string | number): void => {
    const known = values.get(name) ?? new Set();
    if (known.size <= MAX_SUMMARY_VALUES) values.set(name, known.add(value));
  };
  for (const { summary } of records) {
    for (const [name, value] of Object.entries(summary.facets ?? {})) note(name, value);
    for (const variable of summary.variables ?? []) note("variables", variable);
    if (summary.grid !== undefined) note("grid", summary.grid);
    if (summary.format !== undefined) note("format", summary.format);
  }
  const summaries = Object.fromEntries(
    [...values]
      .filter(([, known]) => known.size > 0 && known.size <= MAX_SUMMARY_VALUES)
      .map(([name, known]) => [name, [...known].toSorted()]),
  );
  return Object.keys(summaries).length > 0 ? { summaries } : {};
}

/** Names what is configured and cannot be opened, which no item can stand for. */
export function failureFields(failures: CatalogState["failures"]): { "gateway:unavailable"?: object } {
  return failures.length === 0 ? {} : { "gateway:unavailable": failures.slice(0, 1000) };
}
