import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { type CallOptions, createLimiter, GatewayError, type Limiter } from "@zarr-gateway/primitives";
import type { FoundDataset } from "./dataset-id.ts";
import { FILE_EXTENSION, isMarker, isStoreFolder, ZARR_EXTENSION } from "./dataset-marks.ts";
import { REFERENCES_EXTENSION, ReferenceFiles } from "./reference-files.ts";

export interface ScanOptions extends CallOptions {
  /** Judges a dataset by its path below the folder; by extension where absent. */
  readonly isMatch?: (path: string) => boolean;
  /** False for folders that hold nothing that fits: they are not read. */
  readonly mayHold?: (folder: string) => boolean;
  /** Real paths that symbolic links may lead into, besides the folder itself. */
  readonly allow?: readonly string[];
  /** What is known of JSON files from earlier scans. */
  readonly references?: ReferenceFiles;
  /** Told of parts that could not be read. */
  readonly onProblem?: (problem: { readonly path: string; readonly cause: unknown }) => void;
}

const MAX_DEPTH = 64;
/** Of what is found, so that a folder full of other things stays bounded too. */
const MAX_DATASETS = 200_000;
const CONCURRENT_FOLDERS = 16;

interface Scan {
  readonly root: string;
  readonly allow: readonly string[];
  readonly options: ScanOptions;
  readonly limiter: Limiter;
  readonly references: ReferenceFiles;
  readonly found: FoundDataset[];
}

/** A folder on the way down, with the real paths of the links that led there. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly links: readonly string[];
}

/**
 * The datasets below a folder, in order of their paths. A folder that holds a Zarr store or an Icechunk repository is one dataset and is not
 * descended into. One listing per folder; only symbolic links cost more.
 * @throws GatewayError upstream when the folder itself cannot be read
 */
export async function scanFolder(root: string, options: ScanOptions = {}): Promise<FoundDataset[]> {
  const realRoot = await realpath(root).catch((error: unknown) => {
    throw new GatewayError("upstream", `the folder "${basename(root)}" cannot be read`, {}, error);
  });
  const scan: Scan = {
    root,
    allow: [realRoot, ...(options.allow ?? [])],
    options,
    limiter: createLimiter(CONCURRENT_FOLDERS),
    references: options.references ?? new ReferenceFiles(),
    found: [],
  };
  const entries = await listFolder(scan, "");
  if (entries === undefined)
    throw new GatewayError("upstream", `the folder "${basename(root)}" cannot be read`);
  if (holdsDataset(entries) || ZARR_EXTENSION.test(root))
    return [{ path: basename(root), isFolder: true, isRoot: true }];
  await visitEntries(scan, { path: "", depth: 0, links: [] }, entries);
  return scan.found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function visitFolder(scan: Scan, place: Place): Promise<void> {
  if (ZARR_EXTENSION.test(place.path)) return add(scan, { path: place.path, isFolder: true });
  if (scan.options.mayHold?.(place.path) === false) return;
  if (place.depth > MAX_DEPTH) {
    scan.options.onProblem?.({ path: place.path, cause: `more than ${MAX_DEPTH} folders deep` });
    return;
  }
  const entries = await listFolder(scan, place.path);
  if (entries === undefined) return;
  if (holdsDataset(entries)) return add(scan, { path: place.path, isFolder: true });
  await visitEntries(scan, place, entries);
}

async function visitEntries(scan: Scan, place: Place, entries: readonly Dirent[]): Promise<void> {
  scan.options.signal?.throwIfAborted();
  const below: Promise<void>[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = place.path === "" ? entry.name : `${place.path}/${entry.name}`;
    if (entry.isFile()) addFile(scan, path, below);
    else if (entry.isDirectory()) below.push(visitFolder(scan, { ...place, path, depth: place.depth + 1 }));
    else if (entry.isSymbolicLink()) below.push(visitLink(scan, { ...place, path, depth: place.depth + 1 }));
  }
  await Promise.all(below);
}

/** Follows a link that stays inside, unless it leads back to where it was reached from. */
async function visitLink(scan: Scan, place: Place): Promise<void> {
  const target = await scan.limiter.run(() => resolveLink(join(scan.root, place.path)), scan.options);
  if (target === undefined || !scan.allow.some((folder) => isInside(target.real, folder))) return;
  if (!target.isFolder) {
    const below: Promise<void>[] = [];
    addFile(scan, place.path, below);
    await Promise.all(below);
    return;
  }
  const parent = await realpath(join(scan.root, place.path, "..")).catch(() => undefined);
  const isLoop = place.links.includes(target.real) || parent === undefined || isInside(parent, target.real);
  if (!isLoop) await visitFolder(scan, { ...place, links: [...place.links, target.real] });
}

/** undefined: leads nowhere, or cannot be followed. */
async function resolveLink(path: string): Promise<{ real: string; isFolder: boolean } | undefined> {
  try {
    const real = await realpath(path);
    const target = await stat(real);
    return target.isDirectory() || target.isFile() ? { real, isFolder: target.isDirectory() } : undefined;
  } catch {
    return undefined; // a broken link is no dataset, as a missing file is none
  }
}

/** undefined: cannot be read, which was told; what can be read is published nevertheless. */
async function listFolder(scan: Scan, path: string): Promise<Dirent[] | undefined> {
  try {
    return await scan.limiter.run(
      () => readdir(join(scan.root, path), { withFileTypes: true }),
      scan.options,
    );
  } catch (cause) {
    scan.options.signal?.throwIfAborted();
    scan.options.onProblem?.({ path, cause });
    return undefined;
  }
}

/** Adds a file that its name says is a dataset; what has to be looked into is added later, which `below` waits for. */
function addFile(scan: Scan, path: string, below: Promise<void>[]): void {
  if (scan.options.isMatch !== undefined || FILE_EXTENSION.test(path)) add(scan, { path, isFolder: false });
  else if (REFERENCES_EXTENSION.test(path)) below.push(addReferences(scan, path));
}

async function addReferences(scan: Scan, path: string): Promise<void> {
  const look = (): Promise<boolean> => scan.references.isReferenceSet(join(scan.root, path));
  if (await scan.limiter.run(look, scan.options)) add(scan, { path, isFolder: false });
}

function add(scan: Scan, dataset: FoundDataset): void {
  if (scan.options.isMatch?.(dataset.path) === false) return;
  if (scan.found.length >= MAX_DATASETS) {
    throw new GatewayError(
      "upstream",
      `the folder "${basename(scan.root)}" holds more than ${MAX_DATASETS} datasets`,
    );
  }
  scan.found.push(dataset);
}

function holdsDataset(entries: readonly Dirent[]): boolean {
  return isStoreFolder(new Set(entries.map(({ name }) => name).filter(isMarker)));
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
