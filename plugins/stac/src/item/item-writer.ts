import { createHash } from "node:crypto";
import { type Dataset, facetsOf } from "@zarr-gateway/dataset";
import type { DatasetSummary, DescribedDataset, Descriptions, Host } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import { collectionIdOf } from "../collection/grouping.ts";
import type { CatalogOptions } from "../options.ts";
import { type ItemServices, stacItem } from "./item.ts";
import type { CatalogContext } from "./item-assets.ts";

/** An item as it goes over the wire. */
export interface ItemText {
  readonly text: string;
  /** Strong validator without quotes. */
  readonly etag: string;
}

export interface ItemWriterOptions extends ItemServices {
  readonly host: Host;
  readonly descriptions: Descriptions;
  readonly catalog: CatalogOptions;
}

/** Characters of items that are kept. */
const MAX_KEPT = 16 * 1024 * 1024;

/** Writes items, each version once for each base of links. */
export class ItemWriter {
  readonly #options: ItemWriterOptions;
  readonly #collectionOf: ReturnType<typeof collectionIdOf>;
  /** In the order of their last use. */
  readonly #kept = new Map<string, ItemText>();
  #length = 0;

  constructor(options: ItemWriterOptions) {
    this.#options = options;
    this.#collectionOf = collectionIdOf(options.catalog);
  }

  /** Of a dataset that is open. */
  async ofDataset(
    id: string,
    dataset: Dataset,
    context: CatalogContext,
    call: CallOptions,
  ): Promise<ItemText> {
    const kept = this.#known(id, dataset.version, context);
    return kept ?? this.#write(await this.#options.descriptions.of(id, dataset, call), context);
  }

  /** Of what a search has found; undefined where it cannot be opened any more. */
  async ofRecord(
    { summary }: Pick<CatalogRecord, "summary">,
    context: CatalogContext,
    call: CallOptions,
  ): Promise<ItemText | undefined> {
    const kept = this.#known(summary.id, summary.version, context);
    if (kept) return kept;
    const described = this.#options.descriptions.kept(summary) ?? (await this.#opened(summary, call));
    return described && this.#write(described, context);
  }

  async #opened({ id }: DatasetSummary, call: CallOptions): Promise<DescribedDataset | undefined> {
    try {
      const dataset = await this.#options.host.datasets.open(id, call);
      return await this.#options.descriptions.of(id, dataset, call);
    } catch (error) {
      call.signal?.throwIfAborted();
      this.#options.host.log.warn({ dataset: id, err: error }, "left out of a search: it cannot be opened");
      return undefined;
    }
  }

  #known(id: string, version: string | undefined, context: CatalogContext): ItemText | undefined {
    if (version === undefined) return undefined;
    const key = keyOf(id, version, context);
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
    }
    return kept;
  }

  #write(described: DescribedDataset, context: CatalogContext): ItemText {
    const { id, version, attrs } = described;
    const { catalog } = this.#options;
    const facets = facetsOf(attrs);
    const item = stacItem(
      described,
      { collection: this.#collectionOf({ id, facets }), facets },
      { ...this.#options, catalog, context },
    );
    const text = JSON.stringify(item);
    const written = { text, etag: createHash("sha1").update(text).digest("base64url") };
    // what could not be described wholly may be described better the next time
    if (version !== undefined && described.description.notes.length === 0)
      this.#keep(keyOf(id, version, context), written);
    return written;
  }

  #keep(key: string, written: ItemText): void {
    if (this.#kept.has(key)) return;
    this.#kept.set(key, written);
    this.#length += written.text.length;
    for (const [oldest, { text }] of this.#kept) {
      if (this.#length <= MAX_KEPT) break;
      this.#kept.delete(oldest);
      this.#length -= text.length;
    }
  }
}

function keyOf(id: string, version: string, { base }: CatalogContext): string {
  return `${base}\n${id}\n${version}`;
}
