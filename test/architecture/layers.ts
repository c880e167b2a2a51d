/** What each package may import of this project; the picture is in README.md, the reasons in design/architecture.md. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  primitives: [],
  dataset: ["primitives"],
  stores: ["primitives"],
  codecs: ["primitives", "dataset"],
  compute: ["primitives", "dataset"],
  inference: ["primitives", "dataset", "compute"],
  sources: ["primitives", "dataset", "stores", "codecs", "compute"],
  http: ["primitives"],
  jobs: ["primitives"],
  plugin: ["primitives", "dataset"],
  server: ["primitives", "dataset", "http", "plugin"],
  testkit: ["primitives", "dataset", "stores", "plugin"],
};

/** Beyond `plugin, dataset, http, primitives`, which every plugin may import. */
const PLUGINS: Readonly<Record<string, readonly string[]>> = {
  datasets: ["sources", "stores", "codecs", "compute"],
  zarr: ["codecs"],
  references: ["codecs", "sources"],
  download: ["sources"],
  diagnostics: ["compute"],
  descriptions: ["codecs"],
  info: [],
  intake: [],
  dialects: [],
  statistics: [],
  stac: [],
  views: ["compute", "codecs"],
  forecasts: ["inference", "compute"],
  maps: ["inference", "compute"],
  pages: [],
  plot: ["compute"],
  jobs: ["jobs"],
  workflows: ["jobs", "sources", "stores", "codecs", "compute"],
  results: ["jobs", "sources", "stores", "codecs"],
  earth2studio: ["jobs"],
};
const EVERY_PLUGIN = ["plugin", "dataset", "http", "primitives"];

/** Folder of a workspace package → names of workspace packages that its source may import; undefined: anything. */
export function allowedImports(folder: string): readonly string[] | undefined {
  const [kind, name] = folder.split("/");
  if (name === undefined || name === "gateway") return undefined;
  const allowed =
    kind === "plugins"
      ? [...EVERY_PLUGIN, ...(PLUGINS[name] ?? missing(folder))]
      : (PACKAGES[name] ?? missing(folder));
  return allowed.map((dependency) => `@zarr-gateway/${dependency}`);
}

function missing(folder: string): never {
  throw new Error(`${folder} has no row in the layer table (test/architecture/layers.ts)`);
}
