/** A few lines that really open the dataset, in one language. */
export interface Snippet {
  readonly title: string;
  readonly text: string;
}

/** @param url of the dataset without a slash at the end, `http://host/datasets/air` */
export function snippets(url: string, { groups }: { readonly groups: boolean }): Snippet[] {
  const xarray = groups
    ? `import xarray as xr\ntree = xr.open_datatree("${url}.zarr", engine="zarr")`
    : `import xarray as xr\nds = xr.open_dataset("${url}.zarr")`;
  return [
    { title: "Python, xarray", text: xarray },
    { title: "Python, zarr", text: `import zarr\ngroup = zarr.open_group("${url}.zarr", mode="r")` },
    {
      title: "JavaScript, zarrita",
      text: `import * as zarr from 'zarrita';\nconst store = await zarr.withConsolidatedMetadata(new zarr.FetchStore('${url}.zarr'));\nconst root = await zarr.open(store, { kind: 'group' });`,
    },
    {
      title: "Zarr v2 clients (CDO, older tools)",
      text: `import xarray as xr\nds = xr.open_dataset("${url}/zarr2", engine="zarr", zarr_format=2)`,
    },
    { title: "Shell", text: `curl ${url}/info` },
  ];
}
