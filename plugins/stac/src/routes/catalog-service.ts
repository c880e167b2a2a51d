import type { Descriptions, Host } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type CatalogIndex, createCatalogIndex } from "../collection/catalog-index.ts";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import { type Collection, failureFields, stacCollection } from "../collection/collection.ts";
import { collectionIdOf } from "../collection/grouping.ts";
import type { ItemServices, Link } from "../item/item.ts";
import { type CatalogContext, datasetUrl } from "../item/item-assets.ts";
import { ItemWriter } from "../item/item-writer.ts";
import { plainLine } from "../item/plain-text.ts";
import type { CatalogOptions } from "../options.ts";

/** What one client may see, at one moment. */
export interface View {
  readonly state: CatalogState;
  readonly context: CatalogContext;
  readonly request: Request;
}

export const JSON_TYPE = "application/json";
export const GEOJSON_TYPE = "application/geo+json";
const QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

/** Items and collections for the routes. */
export class CatalogService {
  readonly catalog: CatalogOptions;
  readonly writer: ItemWriter;
  readonly #host: Host;
  readonly #index: CatalogIndex;
  /** Collections of the newest state that everybody may see whole. */
  #collections: { readonly generation: number; readonly byKey: Map<string, Collection> } = {
    generation: 0,
    byKey: new Map(),
  };

  constructor(host: Host, descriptions: Descriptions, catalog: CatalogOptions, services: ItemServices = {}) {
    this.#host = host;
    this.catalog = catalog;
    this.writer = new ItemWriter({ host, descriptions, catalog, ...services });
    this.#index = createCatalogIndex({ descriptions, collectionIdOf: collectionIdOf(catalog) });
  }

  contextOf(request: Request): CatalogContext {
    const names = new Set(this.#host.plugins().map(({ name }) => name));
    return { base: this.#host.baseUrl(request), has: (plugin) => names.has(plugin) };
  }

  async view(request: Request, call: CallOptions): Promise<View> {
    return { state: await this.#index.state(call), context: this.contextOf(request), request };
  }

  admits(id: string, request: Request): Promise<boolean> {
    return this.#host.admits(id, request);
  }

  /** Those of some records that a client may see; the same array where it is all of them. */
  async visible(records: readonly CatalogRecord[], { request }: View): Promise<readonly CatalogRecord[]> {
    const verdicts = await Promise.all(records.map(({ id }) => this.admits(id, request)));
    return verdicts.every(Boolean) ? records : records.filter((_, position) => verdicts[position]);
  }

  /** A collection of the API without links to its items; undefined where nothing of it may be seen. */
  async collection(id: string, view: View): Promise<Collection | undefined> {
    const records =
      view.state.collections.get(id) ??
      (id === this.catalog.id && view.state.records.length === 0 ? [] : undefined);
    if (records === undefined) return undefined;
    const seen = await this.visible(records, view);
    if (seen.length === 0 && records.length > 0) return undefined;
    return this.#made(`${view.context.base}\n${id}`, seen === records ? view.state : undefined, () =>
      stacCollection({
        id,
        records: seen,
        catalog: this.catalog,
        context: view.context,
        links: collectionLinks(id, view.context),
      }),
    );
  }

  /** All collections of the API, those without visible items left out. */
  async collections(view: View): Promise<Collection[]> {
    const ids = view.state.collections.size === 0 ? [this.catalog.id] : [...view.state.collections.keys()];
    const made = await Promise.all(ids.map((id) => this.collection(id, view)));
    return made.filter((collection) => collection !== undefined);
  }

  /** `/stac-collection-all.json` without links to the items. */
  async whole(view: View): Promise<{ collection: Collection; records: readonly CatalogRecord[] }> {
    const { state, context } = view;
    const records = await this.visible(state.records, view);
    const failures = await this.failures(view);
    const self = `${context.base}/stac-collection-all.json`;
    const links: Link[] = [
      { rel: "self", href: self, type: JSON_TYPE },
      { rel: "root", href: `${context.base}/stac`, type: JSON_TYPE },
      { rel: "parent", href: `${context.base}/stac`, type: JSON_TYPE },
      {
        rel: "items",
        href: `${context.base}/stac/items.parquet`,
        type: "application/vnd.apache.parquet",
        title: "All items as stac-geoparquet",
      },
    ];
    const isShared = records === state.records && failures === state.failures;
    const collection = this.#made(`${context.base}\nall`, isShared ? state : undefined, () => ({
      ...stacCollection({ id: this.catalog.id, records, catalog: this.catalog, context, links }),
      ...failureFields(failures),
    }));
    return { collection, records };
  }

  /** Datasets that cannot be opened, of those that a client may see; the same array where it is all of them. */
  async failures({ state, request }: View): Promise<CatalogState["failures"]> {
    const { failures } = state;
    const verdicts = await Promise.all(failures.map(({ id }) => this.admits(id, request)));
    return verdicts.every(Boolean) ? failures : failures.filter((_, position) => verdicts[position]);
  }

  #made(key: string, state: CatalogState | undefined, make: () => Collection): Collection {
    if (state === undefined) return make();
    if (this.#collections.generation !== state.generation || this.#collections.byKey.size > 1000) {
      this.#collections = { generation: state.generation, byKey: new Map() };
    }
    const known = this.#collections.byKey.get(key);
    if (known) return known;
    const made = make();
    this.#collections.byKey.set(key, made);
    return made;
  }
}

function collectionLinks(id: string, { base }: CatalogContext): Link[] {
  const self = `${base}/stac/collections/${encodeURIComponent(id)}`;
  return [
    { rel: "self", href: self, type: JSON_TYPE },
    { rel: "root", href: `${base}/stac`, type: JSON_TYPE },
    { rel: "parent", href: `${base}/stac`, type: JSON_TYPE },
    { rel: "items", href: `${self}/items`, type: GEOJSON_TYPE },
    { rel: QUERYABLES, href: `${self}/queryables`, type: "application/schema+json" },
  ];
}

/** The link from a collection to an item. */
export function itemLink({ id, title }: Pick<CatalogRecord, "id" | "title">, context: CatalogContext): Link {
  return {
    rel: "item",
    href: `${datasetUrl(context, id)}/stac`,
    type: GEOJSON_TYPE,
    title: plainLine(title),
  };
}
