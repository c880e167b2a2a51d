/** A few lines that really open the dataset, in one language. */
export interface Snippet {
  /** Name for scripts and tests: `xarray`. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

export interface SnippetOptions {
  readonly id: string;
  /** Of the server, without a slash at the end. */
  readonly baseUrl: string;
  readonly hasGroups: boolean;
  /** Path of a variable to show, where there is one. */
  readonly variable?: string | undefined;
  /** Names of the loaded plugins. */
  readonly plugins: ReadonlySet<string>;
}

/** Lines for what is loaded; addresses are percent-encoded, so that they are safe in every quoted text. */
export function snippets(options: SnippetOptions): Snippet[] {
  const url = `${options.baseUrl}/datasets/${encodeURIComponent(options.id).replace(/'/g, "%27")}`;
  const { plugins } = options;
  return [
    ...pythonSnippets(url, options),
    ...(plugins.has("intake") ? [intake(url, options)] : []),
    ...(plugins.has("stac") ? [pystac(url)] : []),
    zarrita(url, options.variable),
    {
      name: "gdal",
      title: "GDAL",
      text: `gdalmdiminfo 'ZARR:"/vsicurl/${url}.zarr"'`,
    },
    {
      name: "r",
      title: "R, stars",
      text: `library(stars)\nds <- read_mdim('ZARR:"/vsicurl/${url}.zarr"')`,
    },
    {
      name: "julia",
      title: "Julia, Zarr.jl",
      text: `using Zarr\nds = zopen("${url}/zarr2")`,
    },
    {
      name: "cdo",
      title: "CDO and other netCDF-C programs",
      text: `cdo sinfo "${url}/zarr2#mode=zarr,s3,consolidated"\nncdump -h "${url}/zarr2#mode=zarr,s3,consolidated"`,
    },
    { name: "curl", title: "Shell", text: `curl "${url}/info"` },
  ];
}

function pythonSnippets(url: string, { hasGroups }: SnippetOptions): Snippet[] {
  const xarray = hasGroups
    ? `import xarray as xr\ntree = xr.open_datatree("${url}.zarr", engine="zarr")`
    : `import xarray as xr\nds = xr.open_dataset("${url}.zarr")`;
  return [
    { name: "xarray", title: "Python, xarray", text: xarray },
    {
      name: "zarr-python",
      title: "Python, zarr",
      text: `import zarr\ngroup = zarr.open_group("${url}.zarr", mode="r")`,
    },
    {
      name: "xarray-v2",
      title: "Python, with Zarr before version 3",
      text: `import xarray as xr\nds = xr.open_dataset("${url}/zarr2", engine="zarr", consolidated=True)`,
    },
  ];
}

/** The dataset's own catalog: the one of all datasets may be long, and has no views in it. */
function intake(url: string, { id }: SnippetOptions): Snippet {
  return {
    name: "intake",
    title: "Python, intake",
    text: `import intake\ncatalog = intake.open_catalog("${url}/catalog.yaml")\nds = catalog[${JSON.stringify(id)}].to_dask()`,
  };
}

function pystac(url: string): Snippet {
  return {
    name: "pystac",
    title: "Python, pystac",
    text: `import pystac
import xarray as xr
item = pystac.Item.from_file("${url}/stac")
asset = next(asset for asset in item.assets.values() if asset.href.endswith(".zarr"))
ds = xr.open_dataset(asset.href, **asset.extra_fields.get("xarray:open_kwargs", {}))`,
  };
}

function zarrita(url: string, variable: string | undefined): Snippet {
  const root = `import * as zarr from 'zarrita';\nconst store = await zarr.withConsolidatedMetadata(new zarr.FetchStore("${url}.zarr"));\nconst root = await zarr.open(store, { kind: "group" });`;
  const array =
    variable === undefined
      ? ""
      : `\nconst array = await zarr.open(root.resolve(${JSON.stringify(variable)}), { kind: "array" });`;
  return { name: "zarrita", title: "JavaScript, zarrita", text: `${root}${array}` };
}
