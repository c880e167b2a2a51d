import { type Dirent, opendirSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { Transferred } from "@zarr-gateway/primitives";

/** Runs on a thread of the pool: thousands of calls that take some microseconds each. */
export interface LookInput {
  /** Separated by NUL, because one string crosses threads in no time; nothing is looked at where one is empty. */
  readonly paths: string;
}

export interface StampInput {
  /** As in `LookInput`. */
  readonly paths: string;
  /** Of the group that is read of the stores, without slashes at its ends. */
  readonly group: string;
}

/** What is noted of a file: size, milliseconds of the last change of content and of anything, inode. A folder has size -1. */
export const LOOK_NUMBERS = 4;
const ROOT_DOCUMENTS = ["zarr.json", ".zmetadata", ".zgroup", ".zattrs", ".zarray"];
const NODE_DOCUMENTS = ["zarr.json", ".zarray", ".zattrs", ".zgroup"];
/** Coordinates of more chunks than these are not looked at one by one. */
const MAX_CHUNKS = 16;
const MAX_ENTRIES = 2 * MAX_CHUNKS;

/** Numbers of each path; NaN for what is not there. */
export function lookAtFiles({ paths }: LookInput): Transferred<Float64Array> {
  const all = paths.split("\0");
  const numbers = new Float64Array(all.length * LOOK_NUMBERS).fill(Number.NaN);
  for (const [position, path] of all.entries()) noteLook(numbers, position, look(path));
  return { value: numbers, transfer: [numbers.buffer] };
}

/** Milliseconds have a fraction that is finer than what file systems count. */
export function noteLook(numbers: Float64Array, position: number, found: Stats | undefined): void {
  if (found === undefined) return;
  const at = position * LOOK_NUMBERS;
  const isFolder = found.isDirectory();
  numbers[at] = isFolder ? -1 : found.size;
  numbers[at + 1] = isFolder ? 0 : found.mtimeMs;
  numbers[at + 2] = isFolder ? 0 : found.ctimeMs;
  numbers[at + 3] = isFolder ? 0 : found.ino;
}

/**
 * What changes when the metadata of Zarr stores change or the first chunks of a variable, separated by NUL; empty where
 * that cannot be told by looking at it from outside: it is not there, or a folder of another kind.
 */
export function stampStores({ paths, group }: StampInput): string {
  return paths
    .split("\0")
    .map((path) => stampOfStore(path, group))
    .join("\0");
}

function stampOfStore(path: string, group: string): string {
  const root = documents(path, ROOT_DOCUMENTS);
  if (root.every((text) => text === "")) return "";
  const parts = [...root];
  let folder = path;
  for (const name of group.split("/").filter((part) => part !== "")) {
    folder = join(folder, name);
    parts.push(...documents(folder, NODE_DOCUMENTS));
  }
  for (const name of foldersIn(folder)) {
    const variable = join(folder, name);
    parts.push(name, ...documents(variable, NODE_DOCUMENTS), ...firstChunks(variable));
  }
  return parts.join(" ");
}

function documents(folder: string, names: readonly string[]): string[] {
  return names.map((name) => textOf(look(join(folder, name))));
}

/** Chunks of coordinates may be written anew under the same metadata. */
function firstChunks(variable: string): string[] {
  const found: string[] = [];
  const folders = [variable];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of entriesOf(folder)) {
      if (found.length >= 2 * MAX_CHUNKS) return found;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (!NODE_DOCUMENTS.includes(entry.name)) found.push(entry.name, textOf(look(path)));
    }
  }
  return found;
}

/** The first of a folder that may hold a hundred thousand. */
function entriesOf(folder: string): Dirent[] {
  const entries: Dirent[] = [];
  try {
    using opened = opendirSync(folder);
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (entries.push(entry) >= MAX_ENTRIES) break;
    }
  } catch {
    // not there, or may not be entered: the opener says so
  }
  return entries;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return []; // not there, or may not be entered: the opener says so
  }
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a folder above is not one, or may not be entered: the opener says so
  }
}

/** Milliseconds have a fraction that is finer than what file systems count. */
function textOf(stat: Stats | undefined): string {
  return stat === undefined ? "" : `${stat.size}.${stat.mtimeMs}.${stat.ctimeMs}.${stat.ino}`;
}
