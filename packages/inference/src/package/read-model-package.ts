import { messageOf } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../model-package.ts";
import type { HashOptions } from "./file-hash.ts";
import { type NamedFile, namedFiles } from "./named-files.ts";
import type { NpyArray } from "./npy.ts";
import { readNpyFile } from "./npy-file.ts";
import { openDescription, packageFailure } from "./open-description.ts";
import { findFile, locatePackage, type PackageLocation } from "./package-folder.ts";
import { hashFiles, joinHashes, type PackageFile } from "./package-version.ts";
import { parseModelPackage } from "./parse-model-package.ts";
import type { Report } from "./written.ts";

export interface ModelPackageOptions extends HashOptions {
  /** Folder in which the files lie that the description names, instead of beside it. */
  readonly weights?: string;
}

/**
 * Reads a model package: a folder with `model.yaml`, or a yaml file.
 * @throws ModelPackageError with every mistake: file, key, what was expected and what came
 */
export async function readModelPackage(
  location: string,
  options: ModelPackageOptions = {},
): Promise<ModelPackage> {
  const place = await locatePackage(location, options.weights);
  const { root, report, problems, bytes } = await openDescription(place);
  const files = await findFiles(namedFiles(root), place, report);
  const arrays = await readArrays(files, { ...options, report });
  const graphs = files.filter(({ kind }) => kind === "graph");
  const contents = { arrays, graphs: new Map(graphs.map(({ name, path }) => [name, path])) };
  const parsed = parseModelPackage(root, contents, report);
  const hashed = await hashFiles(place.folder, files, options);
  for (const { name, reason } of hashed.problems)
    for (const at of files.find((file) => file.name === name)?.places.slice(0, 1) ?? []) report(at, reason);
  if (parsed === undefined || problems.length > 0) throw packageFailure(problems, place);
  return { ...parsed, version: joinHashes(bytes, hashed.hashed) };
}

/**
 * The version that the package has now: another one when any of its files was replaced. Files that have not been
 * touched are not read again.
 * @throws ModelPackageError where the description cannot be read, or a file is missing
 */
export async function modelPackageVersion(
  location: string,
  options: ModelPackageOptions = {},
): Promise<string> {
  const place = await locatePackage(location, options.weights);
  const { root, report, problems, bytes } = await openDescription(place);
  const files = await findFiles(namedFiles(root), place, report);
  const { hashed } = await hashFiles(place.folder, files, options);
  if (problems.length > 0) throw packageFailure(problems, place);
  return joinHashes(bytes, hashed);
}

interface FoundNamedFile extends NamedFile, PackageFile {}

async function findFiles(
  named: readonly NamedFile[],
  { folder }: PackageLocation,
  report: Report,
): Promise<readonly FoundNamedFile[]> {
  const files: FoundNamedFile[] = [];
  for (const file of named) {
    const { name, places, kind } = file;
    if (kind === "array" && !/\.npy$/i.test(name)) {
      for (const at of places)
        report(at, `expected a number or the name of an .npy file; got ${JSON.stringify(name)}`);
      continue;
    }
    const found = await findFile(folder, name);
    if ("path" in found) files.push({ ...file, path: found.path });
    else for (const at of places) report(at, found.reason);
  }
  return files;
}

async function readArrays(
  files: readonly FoundNamedFile[],
  { report, signal }: ModelPackageOptions & { readonly report: Report },
): Promise<ReadonlyMap<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  for (const { name, kind, path, places } of files) {
    if (kind !== "array") continue;
    try {
      arrays.set(name, await readNpyFile(path, signal === undefined ? {} : { signal }));
    } catch (error) {
      signal?.throwIfAborted();
      for (const at of places)
        report(at, `${JSON.stringify(name)} cannot be read as .npy: ${messageOf(error)}`);
    }
  }
  return arrays;
}
