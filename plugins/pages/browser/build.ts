// Makes the files that the pages load: scripts (with zarrita in them) and the outlines of land. Runs when the package is
// built, and in a clone at the first request for one of them, so that a clone needs no step of its own.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { type LandTopology, landPath } from "./land-outline.ts";

/** Name of a file below `/pages/`, without a folder → content. */
export type BrowserFiles = ReadonlyMap<string, Uint8Array>;

export async function buildBrowserFiles(): Promise<BrowserFiles> {
  const scripts = await buildScripts();
  const world = landPath(await topology("110m"), { unitsPerDegree: 10, minSize: 1 });
  const coast = landPath(await topology("50m"), { unitsPerDegree: 10, minSize: 0.4 });
  return new Map([
    ...scripts,
    ["world.svg", Buffer.from(worldSvg(world))],
    ["coast.txt", Buffer.from(coast)],
    ["licenses.txt", Buffer.from(await licenses())],
  ]);
}

async function buildScripts(): Promise<[string, Uint8Array][]> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: { root: "root.ts", dataset: "dataset.ts", jobs: "jobs.ts", reader: "reader.ts" },
    outdir: "out", // nothing is written
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    legalComments: "inline",
    logLevel: "silent",
    plugins: [withoutSideEffects],
  });
  return outputFiles.map(({ path, contents }) => [path.slice(path.search(/[^/\\]+$/)), contents]);
}

/** Of our own packages only what is called goes along; what they have for Node alone is left out. */
const withoutSideEffects: Plugin = {
  name: "without side effects",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:|^lru-cache$/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }));
    bundle.onResolve({ filter: /^@zarr-gateway\// }, ({ path }) => ({
      path: fileURLToPath(import.meta.resolve(path)),
      sideEffects: false,
    }));
    bundle.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir, importer }) =>
      /[/\\]packages[/\\]/.test(importer) ? { path: join(resolveDir, path), sideEffects: false } : undefined,
    );
  },
};

async function topology(detail: "110m" | "50m"): Promise<LandTopology> {
  const path = fileURLToPath(import.meta.resolve(`world-atlas/land-${detail}.json`));
  return JSON.parse(await readFile(path, "utf8")) as LandTopology; // the package's own file, pinned
}

/** Of what is handed out with the files; the sources of `numcodecs` name those of its C libraries. */
async function licenses(): Promise<string> {
  const texts = ["zarrita", "@zarrita/storage", "numcodecs", "world-atlas"].map(async (name) => {
    const entry = name === "world-atlas" ? `${name}/land-110m.json` : name;
    const path = fileURLToPath(import.meta.resolve(entry)).replaceAll("\\", "/");
    const folder = path.slice(0, path.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
    return `${name}\n\n${await readFile(`${folder}LICENSE`, "utf8")}`;
  });
  return (await Promise.all(texts)).join("\n----\n\n");
}

/** For `<use href="…/world.svg#land">`: the page's style gives the colours. */
function worldSvg(path: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3600 1800"><path id="land" d="${path}"/></svg>\n`;
}
