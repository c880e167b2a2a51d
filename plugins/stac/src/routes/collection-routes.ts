import { createHash } from "node:crypto";
import { callOptionsOf, respondStreamed } from "@zarr-gateway/http";
import type { Context } from "hono";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { Collection } from "../collection/collection.ts";
import type { Link } from "../item/item.ts";
import { type CatalogContext, datasetUrl } from "../item/item-assets.ts";
import { invalid } from "../search/invalid.ts";
import { type CatalogService, itemLink, JSON_TYPE } from "./catalog-service.ts";

/** Links that are written at once. */
const SLICE = 500;

/** `/stac-collection-all.json`: one collection of everything, of any length. */
export async function wholeCollection(c: Context, service: CatalogService): Promise<Response> {
  const rel = relOf(c.req.query("links"));
  const view = await service.view(c.req.raw, callOptionsOf(c.req.raw));
  const { collection, records } = await service.whole(view);
  return collectionAnswer(c, { collection, records, link: (record) => linkOf(record, rel, view.context) });
}

export interface LinkedCollection {
  readonly collection: Collection;
  readonly records: readonly CatalogRecord[];
  link(record: CatalogRecord): Link;
}

/** A collection with a link to each of its items, written while it is sent. */
export function collectionAnswer(
  c: Context,
  { collection, records, link }: LinkedCollection,
): Promise<Response> {
  const { links, ...rest } = collection;
  const head = `${JSON.stringify(rest).slice(0, -1)},"links":[${links.map((one) => JSON.stringify(one)).join(",")}`;
  const etag = createHash("sha1")
    .update(head)
    .update(c.req.query("links") ?? "");
  for (const { id, title } of records) etag.update(`${id}\n${title}\n`);
  return respondStreamed(c, {
    contentType: JSON_TYPE,
    cacheControl: "no-cache",
    etag: etag.digest("base64url"),
    async *parts() {
      yield head;
      for (let at = 0; at < records.length; at += SLICE) {
        yield records
          .slice(at, at + SLICE)
          .map((record) => `,${JSON.stringify(link(record))}`)
          .join("");
      }
      yield "]}";
    },
  });
}

function relOf(value: string | undefined): "item" | "child" {
  if (value === undefined || value === "item") return "item";
  if (value === "child") return "child";
  throw invalid("links", "item or child", value);
}

/** cloudify's catalogs have items as children, of the type application/json and titled by their id. */
function linkOf(record: CatalogRecord, rel: "item" | "child", context: CatalogContext): Link {
  if (rel === "item") return itemLink(record, context);
  return { rel, href: `${datasetUrl(context, record.id)}/stac`, type: JSON_TYPE, title: record.id };
}
