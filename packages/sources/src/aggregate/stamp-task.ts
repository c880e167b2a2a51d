import { type BigIntStats, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Runs on a thread of the pool: thousands of calls that take some microseconds each. */
export interface StampInput {
  readonly paths: readonly string[];
  /** Of the group that is read of Zarr stores, without slashes at its ends. */
  readonly group: string;
}

const ROOT_DOCUMENTS = ["zarr.json", ".zmetadata", ".zgroup", ".zattrs", ".zarray"];
const NODE_DOCUMENTS = ["zarr.json", ".zarray", ".zattrs", ".zgroup"];

/**
 * What changes when a file or the metadata of a Zarr store change; null where that cannot be told by looking at it
 * from outside: it is not there, or a folder of another kind.
 */
export function stampFiles({ paths, group }: StampInput): (string | null)[] {
  return paths.map((path) => stampOf(path, group));
}

function stampOf(path: string, group: string): string | null {
  const stat = lookAt(path);
  if (stat === undefined) return null;
  return stat.isDirectory() ? stampOfFolder(path, group) : textOf(stat);
}

function stampOfFolder(path: string, group: string): string | null {
  const root = documentsOf(path, ROOT_DOCUMENTS);
  if (root.every((text) => text === "")) return null;
  const parts = [...root];
  let folder = path;
  for (const name of group.split("/").filter((part) => part !== "")) {
    folder = join(folder, name);
    parts.push(...documentsOf(folder, NODE_DOCUMENTS));
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) parts.push(entry.name, ...documentsOf(join(folder, entry.name), NODE_DOCUMENTS));
  }
  return parts.join(" ");
}

function documentsOf(folder: string, names: readonly string[]): string[] {
  return names.map((name) => textOf(lookAt(join(folder, name))));
}

function lookAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a folder above is not one, or may not be entered: the opener says so
  }
}

function textOf(stat: BigIntStats | undefined): string {
  return stat === undefined ? "" : `${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}.${stat.ino}`;
}
