import { plainLine } from "@zarr-gateway/primitives";
import { datasetUrl, type ListOptions, type Summaries } from "../catalog-texts.ts";

/**
 * The list that Gridlook shows beside its globe: `https://gridlook.pages.dev/#<url>::catalog=<this>`.
 * Datasets without a place on Earth are no pictures and are left out.
 */
export async function* gridlookCatalog(summaries: Summaries, options: ListOptions): AsyncGenerator<string> {
  const title = JSON.stringify(plainLine(options.title));
  yield `{"type":"gridlook_catalog","title":${title},"datasets":[`;
  let separator = "";
  for await (const { id, failure, bbox, title: name, facets = {}, variables = [] } of summaries) {
    if (failure !== undefined || bbox === undefined) continue;
    const tag = facets["project_id"] ?? facets["project"] ?? facets["mip_era"] ?? facets["source_id"];
    const entry = {
      url: `${datasetUrl(options, id)}.zarr`,
      title: plainLine(id),
      description: plainLine([name, variables.slice(0, 20).join(", ")].filter(Boolean).join(" — ")),
      ...(tag !== undefined && { tag: plainLine(String(tag)) }),
    };
    yield `${separator}${JSON.stringify(entry)}`;
    separator = ",\n";
  }
  yield "]}";
}
