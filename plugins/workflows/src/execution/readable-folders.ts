import { readdir, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WORKFLOW_PROCESS } from "../child/program-file.ts";

export interface ReadableOptions {
  /** Folders of workflows. */
  readonly directories: readonly string[];
  /** Files and folders besides. */
  readonly readable: readonly string[];
  /** URL of a module that is loaded before them. */
  readonly moduleHooks?: string | undefined;
}

/** `*`: everything. */
const EVERYTHING = "*";

/**
 * What processes of workflows may read: the program, packages that it and workflows can import, folders of workflows, and
 * what is configured. Links count as where they lead to, too: modules are loaded from there.
 */
export async function readableFolders({
  directories,
  readable,
  moduleHooks,
}: ReadableOptions): Promise<string[]> {
  if (readable.includes(EVERYTHING)) return [EVERYTHING];
  const modules = [WORKFLOW_PROCESS, ...(moduleHooks === undefined ? [] : [fileURLToPath(moduleHooks)])];
  const starts = [...modules.map((file) => dirname(file)), ...directories.map((path) => resolve(path))];
  const homes = new Set((await Promise.all(starts.map(real))).flatMap(packageFolders));
  const packages = await Promise.all([...homes].map(linkedPackages));
  const own = [...directories, ...readable].map((path) => resolve(path));
  const all = [...modules.map((file) => dirname(file)), ...own];
  const found = [...all, ...(await Promise.all(all.map(real))), ...homes, ...packages.flat()];
  return [...new Set(found)].sort();
}

/** Where Node looks for packages from this folder on. */
function packageFolders(folder: string): string[] {
  const own = join(folder, "node_modules");
  const parent = dirname(folder);
  return parent === folder ? [own] : [own, ...packageFolders(parent)];
}

/** Packages that lie elsewhere, as those of a workspace do. */
async function linkedPackages(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const scopes = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith("@"));
  const scoped = await Promise.all(scopes.map(({ name }) => entriesOf(join(folder, name))));
  const links = [...entries, ...scoped.flat()].filter((entry) => entry.isSymbolicLink());
  return Promise.all(links.map(({ parentPath, name }) => real(join(parentPath, name))));
}

async function entriesOf(folder: string) {
  // where there is no such folder, nothing can be imported from it
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** What is not there yet leads nowhere. */
async function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
