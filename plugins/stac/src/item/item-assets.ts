/** What the documents of one server have in common. */
export interface CatalogContext {
  /** Base of every link, without a slash at the end. */
  readonly base: string;
  /** Whether a plugin is loaded, so that its routes are there. */
  has(plugin: string): boolean;
}

/** What of a dataset decides how it is read. */
export interface ReadableDataset {
  readonly id: string;
  readonly hasStoredChunks: boolean;
  /** Texts of any length, whose chunks dask cannot choose. */
  readonly hasTexts: boolean;
}

type Asset = Readonly<Record<string, unknown>>;

export function datasetUrl({ base }: CatalogContext, id: string): string {
  return `${base}/datasets/${encodeURIComponent(id)}`;
}

/**
 * The ways to read a dataset. Clients that open an item as a whole want exactly one asset of a type that they know: the
 * first, whose href opens without naming an engine. The others say the same in the words of the STAC best practice.
 */
export function itemAssets(described: ReadableDataset, context: CatalogContext): Record<string, Asset> {
  const url = datasetUrl(context, described.id);
  const hasStored = described.hasStoredChunks && context.has("references");
  return {
    ...(context.has("zarr") && zarrAssets(url, described.hasTexts)),
    ...(hasStored && {
      stored: {
        href: `${url}/kerchunk`,
        type: "application/vnd.zarr; version=2",
        title: "Stored chunks as Zarr v2",
        description: "The chunks of the source, byte for byte, with its own codecs",
        roles: ["data", "source"],
        ...zarrFields(2),
      },
      references: {
        href: `${url}/references.json`,
        type: "application/vnd.zarr+kerchunk",
        title: "References to the stored chunks",
        description: "Kerchunk references, version 1",
        roles: ["references", "virtual"],
      },
    }),
    ...(context.has("pages") && {
      page: { href: `${url}/`, type: "text/html", title: "Page of the dataset", roles: ["overview"] },
    }),
  };
}

function zarrAssets(url: string, hasTexts: boolean): Record<string, Asset> {
  const openKwargs = { engine: "zarr", consolidated: true, ...(!hasTexts && { chunks: "auto" }) };
  return {
    data: {
      href: `${url}.zarr`,
      type: "application/vnd+zarr", // the only one that xpystac, QGIS and catalogs of some years ago all know
      title: "Zarr store",
      description: "Zarr v3 with consolidated metadata",
      roles: ["data"],
      ...zarrFields(3),
      "xarray:open_kwargs": openKwargs,
    },
    zarr3: {
      href: `${url}/zarr`,
      type: "application/vnd.zarr; version=3",
      title: "Zarr v3",
      description: "The same store, typed as the STAC best practice for Zarr says",
      roles: ["data"],
      ...zarrFields(3),
      "xarray:open_kwargs": openKwargs,
    },
    zarr2: {
      href: `${url}/zarr2`,
      type: "application/vnd.zarr; version=2",
      title: "Zarr v2",
      description: "For clients that do not read Zarr v3",
      roles: ["data"],
      ...zarrFields(2),
      "xarray:open_kwargs": openKwargs,
    },
  };
}

function zarrFields(format: 2 | 3): Asset {
  return { "zarr:consolidated": true, "zarr:node_type": "group", "zarr:zarr_format": format };
}
