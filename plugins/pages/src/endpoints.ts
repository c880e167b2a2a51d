import type { DescribedDataset } from "@zarr-gateway/plugin";
import { breakable, type Html, html } from "./html.ts";
import { isDownloaded } from "./snippets.ts";

export interface EndpointOptions {
  readonly described: DescribedDataset;
  /** From the page to `P/`: empty, or `{id}/` where the page was asked without a slash at the end. */
  readonly here: string;
  /** Absolute address of the dataset. */
  readonly url: string;
  readonly plugins: ReadonlySet<string>;
}

interface Endpoint {
  readonly plugin: string;
  readonly path: string;
  readonly text: string;
  /** Where it is not for every dataset. */
  readonly isThere?: (described: DescribedDataset) => boolean;
}

const STORED = ({ hasStoredChunks }: DescribedDataset): boolean => hasStoredChunks;
const isSmall = ({ description: { bytes } }: DescribedDataset): boolean =>
  isDownloaded({ bytes, plugins: new Set(["download"]) });
const HISTORY = ({ hasHistory }: DescribedDataset): boolean => hasHistory;

const GROUPS: readonly (readonly [title: string, all: readonly Endpoint[]])[] = [
  [
    "Data",
    [
      { plugin: "zarr", path: "zarr/", text: "Zarr v3" },
      { plugin: "zarr", path: "zarr2/", text: "Zarr v2" },
      {
        plugin: "references",
        path: "kerchunk/",
        text: "the stored chunks, byte for byte",
        isThere: STORED,
      },
      { plugin: "references", path: "references.json", text: "kerchunk references", isThere: STORED },
      { plugin: "download", path: "download.nc", text: "one NetCDF file", isThere: isSmall },
    ],
  ],
  [
    "Catalogs",
    [
      { plugin: "stac", path: "stac", text: "STAC item" },
      { plugin: "intake", path: "catalog.yaml", text: "Intake catalog" },
      { plugin: "dialects", path: "croissant.json", text: "schema.org and Croissant" },
    ],
  ],
  [
    "Descriptions",
    [
      { plugin: "info", path: "info", text: "dimensions, variables, attributes" },
      { plugin: "info", path: "keys", text: "names of the variables" },
      { plugin: "info", path: "dict", text: "as xarray’s to_dict" },
      { plugin: "info", path: "groups", text: "paths of the groups" },
      { plugin: "info", path: "tree", text: "the groups as a tree" },
      { plugin: "info", path: "versions", text: "the states that the source was in", isThere: HISTORY },
    ],
  ],
];

/** Everything below the dataset that a client may ask for, as far as its plugin is loaded. */
export function endpoints({ described, here, url, plugins }: EndpointOptions): Html {
  const groups = GROUPS.map(([title, all]) => {
    const there = all.filter(({ plugin, isThere }) => plugins.has(plugin) && (isThere?.(described) ?? true));
    if (there.length === 0) return undefined;
    const items = there.map(
      ({ path, text }) =>
        html`<li><a href="${here}${path}"><code>${path}</code></a> <span class="quiet">${text}</span></li>\n`,
    );
    return html`<div><h3>${title}</h3>\n<ul>\n${items}</ul></div>\n`;
  });
  const store = `${url}.zarr`;
  return html`${
    plugins.has("zarr")
      ? html`<p class="address">The store: <a href="${store}/"><code>${breakable(store)}</code></a></p>\n`
      : undefined
  }<div class="endpoints">
${groups}</div>`;
}
