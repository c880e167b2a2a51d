import { realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Where a package lies. */
export interface PackageLocation {
  /** The file that describes it. */
  readonly yaml: string;
  /** Where the files lie that it names. */
  readonly folder: string;
  /** Name of the description, for messages. */
  readonly name: string;
}

/** Absolute path of a file of the package, or why it is not taken. */
export type FoundFile = { readonly path: string } | { readonly reason: string };

/**
 * @param location a folder with `model.yaml`, or a yaml file
 * @param weights folder of the files instead of the one of the yaml
 */
export async function locatePackage(location: string, weights: string | undefined): Promise<PackageLocation> {
  const path = resolve(location);
  const isFolder = (await statOf(path))?.isDirectory() ?? !/\.(ya?ml|json)$/i.test(path);
  const yaml = isFolder ? join(path, "model.yaml") : path;
  return { yaml, folder: weights === undefined ? dirname(yaml) : resolve(weights), name: basename(yaml) };
}

/** A file below the folder: names that lead out of it, by themselves or by a symbolic link, are not taken. */
export async function findFile(folder: string, name: string): Promise<FoundFile> {
  const wrong = nameProblem(name);
  if (wrong !== undefined) return { reason: wrong };
  const path = await realpath(join(folder, name)).catch(() => undefined);
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return { reason: `there is no folder in which ${show(name)} could lie` };
  if (path === undefined) return { reason: `there is no file ${show(name)} in the package's folder` };
  if (isOutside(relative(root, path)))
    return {
      reason: `expected a file inside the package's folder; ${show(name)} is a link that leads out of it`,
    };
  const found = await statOf(path);
  return found?.isFile() === true
    ? { path }
    : { reason: `expected a file; ${show(name)} is a folder or a device` };
}

function nameProblem(name: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends a path in the system's calls
  const isPlain = !/[\\\x00]/.test(name) && !isAbsolute(name) && !/^[A-Za-z]:/.test(name);
  if (isPlain && !name.split("/").some((part) => part === ".." || part === "")) return undefined;
  return `expected a path inside the package's folder, relative and without ".."; got ${show(name)}`;
}

function isOutside(path: string): boolean {
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
}

function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  return stat(path).catch(() => undefined);
}

function show(name: string): string {
  return JSON.stringify(name);
}
