// Builds the npm package `zarr-gateway` into packages/gateway/dist/npm; with --pack FILE also its tarball.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import { buildBrowserFiles } from "../plugins/pages/browser/build.ts";

type Versions = Readonly<Record<string, string>>;
/**
 * Optional in the published package: who has no buckets need not have them. In a clone they are ordinary, because npm
 * leaves optional packages out without a word where an older Node installs.
 */
const OPTIONAL: ReadonlySet<string> = new Set([
  "@aws-sdk/client-s3",
  "@azure/identity",
  "@azure/storage-blob",
  "google-auth-library",
]);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Versions;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

const ROOT = dirname(import.meta.dirname);
const GATEWAY = join(ROOT, "packages/gateway");
const TARGET = join(GATEWAY, "dist/npm");
const SOURCES = ["packages/*/src/**/*.ts", "plugins/*/src/**/*.ts"];
/** What a plugin's types are made of. */
const TYPED_PACKAGES = ["primitives", "dataset", "plugin"];

const manifests = globSync(["packages/*/package.json", "plugins/*/package.json"], { cwd: ROOT }).map(
  (path) => JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Manifest, // our own files
);

/** Modules that start on another thread: each has to be a file of its own beside the chunk that names it. */
function workerModules(): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const path of globSync(SOURCES, { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"))) {
    for (const [, name = ""] of readFileSync(join(ROOT, path), "utf8").matchAll(
      /siblingModule\(import\.meta\.url, "([^"]+)"\)/g,
    )) {
      const module = join(ROOT, dirname(path), `${name}.ts`);
      if (entries[name] !== undefined && entries[name] !== module)
        throw new Error(`two worker modules are called ${name}`);
      entries[name] = module;
    }
  }
  return entries;
}

async function bundle(): Promise<Metafile> {
  const external = manifests.flatMap((manifest) => Object.keys(allDependencies(manifest)));
  const packages = [...new Set(external)].filter((name) => !name.startsWith("@zarr-gateway/"));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: join(GATEWAY, "src/main.ts"),
      index: join(GATEWAY, "src/index.ts"),
      plugin: join(GATEWAY, "src/plugin.ts"),
      ...workerModules(),
    },
    outdir: join(TARGET, "dist"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    metafile: true,
    external: packages.flatMap((name) => [name, `${name}/*`]),
    logLevel: "warning",
  });
  return metafile;
}

function allDependencies({ dependencies, optionalDependencies }: Manifest): Versions {
  return { ...dependencies, ...optionalDependencies };
}

/** The packages that the bundle really imports, in the versions of this workspace. */
function publishedDependencies(metafile: Metafile): {
  dependencies: Versions;
  optionalDependencies: Versions;
} {
  const imported = new Set(
    Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ path, external }) => external === true && !path.startsWith("node:"))
      .map(({ path }) => path.split("/", path.startsWith("@") ? 2 : 1).join("/")),
  );
  // packages that are found by require.resolve or new URL are not imports: what a manifest lists is taken along
  const pick = (isWanted: (name: string) => boolean): Versions =>
    Object.fromEntries(
      manifests
        .filter(({ name }) => name !== "@zarr-gateway/testkit")
        .flatMap((manifest) => Object.entries(allDependencies(manifest)))
        .filter(([name]) => !name.startsWith("@zarr-gateway/") && isWanted(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const optional = new Set(manifests.flatMap((manifest) => Object.keys(manifest.optionalDependencies ?? {})));
  const dependencies = pick((name) => !OPTIONAL.has(name) && !optional.has(name));
  const optionalDependencies = pick((name) => OPTIONAL.has(name) || optional.has(name));
  const missing = [...imported].filter(
    (name) => !(name in dependencies) && !(name in optionalDependencies) && name !== "zarr-gateway",
  );
  if (missing.length > 0) throw new Error(`imported, but in no package.json: ${missing.join(", ")}`);
  return { dependencies, optionalDependencies };
}

function writeManifest(metafile: Metafile): void {
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(GATEWAY, "package.json"), "utf8"),
  ) as Manifest; // our own file
  const manifest = {
    name,
    version,
    description,
    license,
    type: "module",
    bin: { "zarr-gateway": "bin/zarr-gateway.js" },
    exports: {
      ".": "./dist/index.js",
      "./plugin": { types: "./types/gateway/plugin.d.ts", default: "./dist/plugin.js" },
      "./zarr-gateway.schema.json": "./zarr-gateway.schema.json",
    },
    engines,
    ...publishedDependencies(metafile),
  };
  writeFileSync(join(TARGET, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Declarations of what plugin authors import, with workspace names turned into relative paths. */
function writeTypes(): void {
  const types = join(TARGET, "types");
  const files = [
    ...TYPED_PACKAGES.map((name) => `packages/${name}/src/index.ts`),
    "packages/gateway/src/plugin.ts",
  ];
  const options = [
    "--declaration",
    "--emitDeclarationOnly",
    "--noEmit",
    "false",
    "--rootDir",
    "packages",
    "--outDir",
    types,
  ];
  const shared = [
    "--target",
    "esnext",
    "--module",
    "nodenext",
    "--types",
    "node",
    "--allowImportingTsExtensions",
    "--skipLibCheck",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--lib",
    "esnext",
  ];
  execFileSync(
    process.execPath,
    [join(ROOT, "node_modules/typescript/bin/tsc"), "--ignoreConfig", ...files, ...options, ...shared],
    { cwd: ROOT, stdio: "inherit" },
  );
  for (const path of globSync("**/*.d.ts", { cwd: types })) {
    const [name, , ...rest] = path.split("/");
    const target = join(types, name ?? "", rest.join("/"));
    const text = readFileSync(join(types, path), "utf8");
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, relativeImports(text, target, types));
  }
  for (const name of globSync("*/src", { cwd: types })) rmSync(join(types, name), { recursive: true });
}

function relativeImports(text: string, file: string, types: string): string {
  return text
    .replaceAll(/(["'])@zarr-gateway\/([a-z]+)\1/g, (_, quote: string, name: string) => {
      const path = relative(dirname(file), join(types, name, "index.ts"));
      return quote + (path.startsWith(".") ? path : `./${path}`) + quote;
    })
    .replaceAll(/(["']\.[^"']*)\.ts(["'])/g, "$1.js$2");
}

/** What the pages load, beside the modules: `plugins/pages/src/browser-files.ts` looks for it there. */
async function writeBrowserFiles(): Promise<void> {
  const folder = join(TARGET, "dist/browser");
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of await buildBrowserFiles()) writeFileSync(join(folder, name), bytes);
}

function copyFiles(): void {
  // `plugins/workflows/src/python/python-program.ts` looks for it beside the bundle
  cpSync(join(ROOT, "plugins/workflows/src/python/python-bridge"), join(TARGET, "dist/python-bridge"), {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
  cpSync(join(GATEWAY, "bin"), join(TARGET, "bin"), { recursive: true });
  copyFileSync(join(GATEWAY, "zarr-gateway.schema.json"), join(TARGET, "zarr-gateway.schema.json"));
  copyFileSync(join(GATEWAY, "README.md"), join(TARGET, "README.md"));
  copyFileSync(join(ROOT, "LICENSE"), join(TARGET, "LICENSE"));
}

function pack(file: string): void {
  const npm = process.env["npm_execpath"];
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", dirname(file), TARGET];
  const output = npm
    ? execFileSync(process.execPath, [npm, ...args])
    : execFileSync("npm", args, { stdio: ["ignore", "pipe", "ignore"] });
  const [packed] = JSON.parse(output.toString()) as readonly { readonly filename: string }[]; // npm's own format
  if (packed) renameSync(join(dirname(file), packed.filename), file);
}

const { values } = parseArgs({ options: { pack: { type: "string" } } });
rmSync(TARGET, { recursive: true, force: true });
writeManifest(await bundle());
writeTypes();
await writeBrowserFiles();
copyFiles();
if (values.pack !== undefined) pack(resolve(values.pack));
