import { createHash } from "node:crypto";
import { callOptionsOf, type Resource, respond } from "@zarr-gateway/http";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import { stacGeoParquet } from "../export/geoparquet.ts";
import type { Item } from "../item/item.ts";
import type { CatalogService, View } from "./catalog-service.ts";

export const PARQUET_TYPE = "application/vnd.apache.parquet";

interface MadeFile {
  readonly etag: string;
  readonly bytes: Promise<Uint8Array>;
}

/** `/stac/items.parquet`. The newest file is kept, since readers ask for it in pieces. */
export class ParquetRoute {
  readonly #service: CatalogService;
  #made: MadeFile | undefined;

  constructor(service: CatalogService) {
    this.#service = service;
  }

  async answer(c: Context): Promise<Response> {
    const view = await this.#service.view(c.req.raw, callOptionsOf(c.req.raw));
    const records = await this.#service.visible(view.state.records, view);
    const etag = tagOf(view, records);
    const bytes = (): Promise<Uint8Array> => this.#bytes(etag, view, records);
    const resource: Resource = {
      contentType: PARQUET_TYPE,
      cacheControl: "no-cache",
      stat: async () =>
        c.req.method === "HEAD" && this.#made?.etag !== etag
          ? { etag }
          : { etag, size: (await bytes()).length },
      async read(range) {
        const all = await bytes();
        return range === undefined ? all : all.subarray(range.offset, range.offset + range.length);
      },
    };
    return respond(c, resource);
  }

  async #bytes(etag: string, view: View, records: readonly CatalogRecord[]): Promise<Uint8Array> {
    if (this.#made?.etag === etag) return this.#made.bytes;
    const collections = await this.#service.collections(view);
    // shared by all who ask, so that nobody's leaving ends it
    const made = {
      etag,
      bytes: stacGeoParquet({
        items: () => itemsOf(this.#service, view, records, {}),
        collections: Object.fromEntries(collections.map((collection) => [collection.id, collection])),
      }),
    };
    this.#made = made;
    made.bytes.catch(() => {
      if (this.#made === made) this.#made = undefined;
    });
    return made.bytes;
  }
}

async function* itemsOf(
  service: CatalogService,
  view: View,
  records: readonly CatalogRecord[],
  call: CallOptions,
): AsyncGenerator<Item> {
  for (const record of records) {
    const written = await service.writer.ofRecord(record, view.context, call);
    if (written) yield JSON.parse(written.text) as Item; // as `stacItem` wrote it
  }
}

function tagOf({ context }: View, records: readonly CatalogRecord[]): string {
  const hash = createHash("sha1").update(context.base);
  for (const { id, summary } of records)
    hash.update(`\n${id}\n${summary.version ?? JSON.stringify(summary)}`);
  return hash.digest("base64url");
}
