import { datasetSegment } from "./address.ts";

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
  /** Of all values, before compression. */
  readonly bytes: number;
  /** Path of a variable to show, where there is one. */
  readonly variable?: string | undefined;
  /** Names of the loaded plugins. */
  readonly plugins: ReadonlySet<string>;
}

/** Lines for what is loaded; addresses are percent-encoded, so that they are safe in every quoted text. */
export function snippets(options: SnippetOptions): Snippet[] {
  const url = `${options.baseUrl}/datasets/${datasetSegment(options.id)}`;
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
    ...(isDownloaded(options) ? [netcdfFile(url)] : []),
    { name: "curl", title: "Shell", text: `curl "${url}/info"` },
  ];
}

/** What `download` gives as one file unless it was told otherwise. */
const MAX_FILE_BYTES = 1024 ** 3;

/** Whether the dataset comes as one NetCDF file. */
export function isDownloaded({ plugins, bytes }: Pick<SnippetOptions, "plugins" | "bytes">): boolean {
  return plugins.has("download") && bytes < MAX_FILE_BYTES;
}

/** netCDF-C reads Zarr over HTTP through S3 alone, and so do CDO, NCO and ncview. */
function netcdfFile(url: string): Snippet {
  return {
    name: "cdo",
    title: "CDO and other netCDF programs",
    text: `curl -o data.nc "${url}/download.nc"\ncdo sinfo data.nc`,
  };
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
