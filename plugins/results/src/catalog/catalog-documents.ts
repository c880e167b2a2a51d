import type { Json } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import type { CatalogTemplate } from "./catalog-options.ts";
import type { CatalogValues } from "./catalog-values.ts";
import { fillTemplate, laidOver } from "./fill-template.ts";

type Document = { readonly [key: string]: Json };

/** A collection for results of one kind; its extents are those of the world and of all times, for it will hold others. */
const COLLECTION: Document = {
  type: "Collection",
  stac_version: "1.0.0",
  id: "{collection}",
  title: "{workflow}",
  description: "Results of the workflow {workflow}",
  license: "other",
  keywords: ["{workflow}"],
  extent: { spatial: { bbox: [[-180, -90, 180, 90]] }, temporal: { interval: [[null, null]] } },
  links: [],
  item_assets: { data: { type: "{mediaType}", roles: ["data"], title: "Data" } },
};

const ITEM: Document = {
  type: "Feature",
  stac_version: "1.1.0",
  stac_extensions: [],
  id: "{workflow}-{referenceHour}-{uuid}",
  collection: "{collection}",
  geometry: "{geometry}",
  bbox: "{bbox}",
  properties: {
    title: "{title}",
    datetime: "{start}",
    start_datetime: "{start}",
    end_datetime: "{end}",
    created: "{created}",
    "processing:lineage": "Made by the workflow {workflow}, job {job}",
  },
  // an item that names a collection has to link to it (STAC 1.1, item-spec/json-schema/item.json)
  links: [{ rel: "collection", type: "application/json", href: "{collectionUrl}" }],
  assets: { data: { href: "{href}", type: "{mediaType}", roles: ["data"], title: "Data" } },
};

export const TILE_SETTINGS: Document = { minZoom: 0, maxItemsPerTile: 35 };

export function collectionDocument(template: CatalogTemplate, values: CatalogValues): Document {
  return objectOf(fillTemplate(laidOver(COLLECTION, template.collection), values));
}

export function itemDocument(template: CatalogTemplate, values: CatalogValues): Document {
  return objectOf(fillTemplate(laidOver(ITEM, template.item), values));
}

function objectOf(value: Json): Document {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Document; // neither null nor a list
  throw new GatewayError("invalid_request", "a catalog template is an object");
}

/** Ids are one segment of a URL. */
export function catalogId(value: Json | undefined, what: string): string {
  if (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/.test(value)) return value;
  throw new GatewayError("invalid_request", `the id of ${what} has 1 to 200 letters, digits, . _ : or -`);
}
