import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Runs on a thread of the pool: thousands of calls that take some microseconds each. */
export interface StampInput {
  /** Separated by NUL, because one string crosses threads in no time. */
  readonly paths: string;
  /** Of the group that is read of Zarr stores, without slashes at its ends. */
  readonly group: string;
}

const ROOT_DOCUMENTS = ["zarr.json", ".zmetadata", ".zgroup", ".zattrs", ".zarray"];
const NODE_DOCUMENTS = ["zarr.json", ".zarray", ".zattrs", ".zgroup"];

/**
 * What changes when a file or the metadata of a Zarr store change, separated by NUL; empty where that cannot be told
 * by looking at it from outside: it is not there, or a folder of another kind.
 */
export function stampFiles({ paths, group }: StampInput): string {
  const look: Look = (path) => {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch {
      return undefined; // a folder above is not one, or may not be entered: the opener says so
    }
  };
  return paths
    .split("\0")
    .map((path) => stampOf(path, group, look))
    .join("\0");
}

/** One digest of what `stampFiles` gives; "" where a stamp is missing. */
export function stampDigest(input: StampInput): string {
  return digestOfStamps(stampFiles(input));
}

export function digestOfStamps(stamps: string): string {
  const isComplete =
    stamps !== "" && !stamps.startsWith("\0") && !stamps.endsWith("\0") && !stamps.includes("\0\0");
  return isComplete ? createHash("sha256").update(stamps).digest("base64url") : "";
}

type Stat = {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  isDirectory(): boolean;
};
type Look = (path: string) => Stat | undefined;

function stampOf(path: string, group: string, look: Look): string {
  const stat = look(path);
  if (stat === undefined) return "";
  return stat.isDirectory() ? stampOfFolder(path, group, look) : textOf(stat);
}

function stampOfFolder(path: string, group: string, look: Look): string {
  const documents = (folder: string, names: readonly string[]): string[] =>
    names.map((name) => textOf(look(join(folder, name))));
  const root = documents(path, ROOT_DOCUMENTS);
  if (root.every((text) => text === "")) return "";
  const parts = [...root];
  let folder = path;
  for (const name of group.split("/").filter((part) => part !== "")) {
    folder = join(folder, name);
    parts.push(...documents(folder, NODE_DOCUMENTS));
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) parts.push(entry.name, ...documents(join(folder, entry.name), NODE_DOCUMENTS));
  }
  return parts.join(" ");
}

/** Milliseconds have a fraction that is finer than what file systems count. */
function textOf(stat: Stat | undefined): string {
  return stat === undefined ? "" : `${stat.size}.${stat.mtimeMs}.${stat.ctimeMs}.${stat.ino}`;
}
