import type { DatasetSummary } from "@zarr-gateway/plugin";
import { plainLine } from "@zarr-gateway/primitives";
import { datasetUrl, type ListForm, type ListOptions } from "../catalog-texts.ts";

/**
 * The list that Gridlook shows beside its globe: `https://gridlook.pages.dev/#<url>::catalog=<this>`.
 * Datasets without a place on Earth are no pictures and are left out.
 */
export const gridlookCatalog: ListForm = {
  start: ({ title }) => `{"type":"gridlook_catalog","title":${JSON.stringify(plainLine(title))},"datasets":[`,
  entry: entryOf,
  separator: ",\n",
  end: "]}",
};

function entryOf(summary: DatasetSummary, options: ListOptions): string {
  const { id, bbox, title, facets = {}, variables = [] } = summary;
  if (bbox === undefined) return "";
  const tag = facets["project_id"] ?? facets["project"] ?? facets["mip_era"] ?? facets["source_id"];
  return JSON.stringify({
    url: `${datasetUrl(options, id)}.zarr`,
    title: plainLine(id),
    description: plainLine([title, variables.slice(0, 20).join(", ")].filter(Boolean).join(" — ")),
    ...(tag !== undefined && { tag: plainLine(String(tag)) }),
  });
}
