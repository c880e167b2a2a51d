import type { DescribedDataset } from "@zarr-gateway/plugin";
import { type Html, html } from "./html.ts";

export interface EndpointOptions {
  readonly described: DescribedDataset;
  /** From the page to `P/`: empty, or `{id}/` where the page was asked without a slash at the end. */
  readonly here: string;
  /** Absolute address of the dataset. */
  readonly url: string;
  readonly plugins: ReadonlySet<string>;
}

/** Everything below the dataset that a client may ask for, as far as its plugin is loaded. */
export function endpoints({ described, here, url, plugins }: EndpointOptions): Html {
  const link = (path: string, text: string): Html =>
    html`<li><a href="${here}${path}"><code>${path}</code></a> ${text}</li>\n`;
  const { hasStoredChunks, hasHistory } = described;
  return html`<ul class="endpoints">
${
  plugins.has("zarr")
    ? html`${link("zarr/", "Zarr v3")}<li><a href="${url}.zarr/"><code>${described.id}.zarr/</code></a> the same, for clients that know a store by its name</li>
${link("zarr2/", "Zarr v2")}${hasStoredChunks ? link("kerchunk/", "the stored chunks, byte for byte") : undefined}`
    : undefined
}${
  plugins.has("references") && hasStoredChunks ? link("references.json", "kerchunk references") : undefined
}${plugins.has("stac") ? link("stac", "STAC item") : undefined}${
  plugins.has("intake") ? link("catalog.yaml", "Intake catalog") : undefined
}${
  plugins.has("info")
    ? html`${link("info", "dimensions, variables and attributes as JSON")}${link("keys", "names of the variables")}${link("dict", "as xarray’s to_dict")}${link("groups", "paths of the groups")}${link("tree", "the groups as a tree")}`
    : undefined
}${hasHistory ? link("versions", "the states that the source was in") : undefined}</ul>`;
}
