import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type ExportedCollection, type Item, staticCatalog } from "@zarr-gateway/plugin-stac";
import { silentLog } from "@zarr-gateway/server";
import { UsageError } from "../command-line.ts";
import type { LoadedConfiguration } from "../configuration/index.ts";
import { createProgram, type Program } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";
import { createCountProgress } from "./progress.ts";

export interface CatalogExport {
  readonly folder: string;
  readonly locations: readonly string[];
  readonly config?: string;
  readonly baseUrl?: string;
}

/** Names the files of an export, so that the next one takes away those that it does not write again. */
const MANIFEST = ".zarr-gateway-catalog.json";
/** Items that are asked for at once. */
const PAGE = 500;

/** Writes what the STAC API answers as files whose links among each other are relative. */
export async function catalogExport(terminal: Terminal, request: CatalogExport): Promise<void> {
  if (request.config === undefined && request.locations.length === 0)
    throw new UsageError("expected locations, or a configuration file (-c)");
  const loaded = await configure(terminal, request.config, request.locations);
  const folder = resolve(terminal.folder, request.folder);
  const before = await earlierFiles(folder, request.folder);
  const program = await createProgram(withBase(loaded, request.baseUrl), silentLog());
  const progress = createCountProgress(terminal, "items");
  try {
    const paths = await writeCatalog(program, folder, progress.update);
    await writeFile(join(folder, MANIFEST), `${JSON.stringify(paths, undefined, 1)}\n`);
    const kept = new Set(paths);
    for (const path of before) if (!kept.has(path)) await remove(folder, path);
    progress.end();
    const count = paths.filter((path) => !/(^|\/)(catalog|collection)\.json$|\.parquet$/.test(path)).length;
    terminal.print(`${count} items in ${request.folder}\n`);
    for (const { id, reason } of await unavailable(program)) terminal.say(`${id}: left out: ${reason}\n`);
  } finally {
    progress.end();
    await program.close();
  }
}

/** Links to data begin where the gateway will answer. */
function withBase(loaded: LoadedConfiguration, given: string | undefined): LoadedConfiguration {
  const { server } = loaded.configuration;
  const publicUrl = given ?? server.publicUrl ?? `http://${server.host}:${server.port}`;
  const url = URL.parse(publicUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new UsageError(`--base-url: expected an http(s) URL, got ${publicUrl}`);
  return { ...loaded, configuration: { ...loaded.configuration, server: { ...server, publicUrl } } };
}

async function writeCatalog(
  program: Program,
  folder: string,
  onProgress: (done: number, total: number) => void,
): Promise<string[]> {
  const answer = await json<{ readonly collections: readonly ExportedCollection[] }>(
    program,
    "/stac/collections",
  );
  const root = await json<{ id: string; title: string; description: string }>(program, "/stac");
  let done = 0;
  const items = async function* (collection: string): AsyncGenerator<Item> {
    let next: string | undefined = `/stac/collections/${encodeURIComponent(collection)}/items?limit=${PAGE}`;
    while (next !== undefined) {
      const page: ItemPage = await json<ItemPage>(program, next);
      for (const item of page.features) {
        yield item;
        done += 1;
        onProgress(done, Math.max(done, page.numberMatched));
      }
      const link = page.links.find(({ rel }) => rel === "next");
      next =
        link &&
        new URL(link.href).search.replace(/^/, `/stac/collections/${encodeURIComponent(collection)}/items`);
    }
  };
  const paths: string[] = [];
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    paths.push(path);
  };
  for await (const { path, text } of staticCatalog({ root, collections: answer.collections, items }))
    await write(path, text);
  const parquet = await asked(program, "/stac/items.parquet");
  await write("items.parquet", new Uint8Array(await parquet.arrayBuffer()));
  return paths;
}

interface ItemPage {
  readonly features: readonly Item[];
  readonly links: readonly { readonly rel: string; readonly href: string }[];
  readonly numberMatched: number;
}

async function unavailable(program: Program): Promise<readonly { id: string; reason: string }[]> {
  const whole = await json<{ "gateway:unavailable"?: readonly { id: string; reason: string }[] }>(
    program,
    "/stac-collection-all.json",
  );
  return whole["gateway:unavailable"] ?? [];
}

async function asked({ gateway }: Program, path: string): Promise<Response> {
  const response = await gateway.request(path);
  if (response.ok) return response;
  const problem = (await response.json()) as { readonly detail?: string }; // problems are JSON
  if (response.status === 404) throw new Error(`the plugin stac is switched off (${problem.detail ?? path})`);
  throw new Error(problem.detail ?? `${path}: status ${response.status}`);
}

async function json<T>(program: Program, path: string): Promise<T> {
  return (await (await asked(program, path)).json()) as T; // the gateway's own answer
}

/** Files of the export that lies in a folder; none in an empty one. Any other folder is left alone. */
async function earlierFiles(folder: string, name: string): Promise<readonly string[]> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Error(`${name}: cannot be read: ${error.code ?? error.message}`);
  });
  if (found.length === 0) return [];
  const manifest = await readFile(join(folder, MANIFEST), "utf8").catch(() => undefined);
  if (manifest === undefined) throw new Error(`${name}: holds other files, so nothing is written into it`);
  const paths: unknown = JSON.parse(manifest);
  const isSafe = (path: unknown): path is string =>
    typeof path === "string" && !path.split(/[/\\]/).some((part) => part === ".." || part === "");
  return Array.isArray(paths) ? paths.filter(isSafe) : [];
}

async function remove(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true });
  await rmdir(dirname(join(folder, path))).catch(() => undefined); // other files are in it
}
