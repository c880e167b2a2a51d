import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { MemberReference } from "@zarr-gateway/sources";
import { locationBelow, locationName } from "@zarr-gateway/stores";
import { ZARR_EXTENSION } from "./dataset-marks.ts";
import { compileFolderGlob, compileGlob } from "./glob.ts";
import { isBucketLocation, localPath, locationPattern, locationUrl } from "./location.ts";
import type { rememberedScans } from "./location-scanner.ts";

/** One entry of `location`, understood without looking. */
export type LocationEntry =
  | { readonly kind: "single"; readonly id: string; readonly location: URL; readonly name: string }
  /** A folder with everything in it, or what fits a glob below it. */
  | { readonly kind: "folder"; readonly folder: URL; readonly match: string | undefined };

/** The files and stores that entries name now, in the order of the entries and within each by path. */
export type MemberLister = (
  entries: readonly LocationEntry[],
  options: CallOptions,
) => Promise<MemberReference[]>;

/** @param expandsFolders true where a folder stands for the datasets in it; in a bucket a folder ends in "/" */
export function locationEntry(location: string, expandsFolders: boolean): LocationEntry {
  const pattern = locationPattern(location);
  if (pattern !== undefined) return { kind: "folder", ...pattern };
  const path = localPath(location);
  const url = locationUrl(location);
  const isFolder = path !== undefined || (isBucketLocation(location) && isFolderName(url));
  if (expandsFolders && isFolder) return { kind: "folder", folder: url, match: undefined };
  return { kind: "single", id: path ?? url.href, location: url, name: locationName(url) };
}

function isFolderName({ pathname }: URL): boolean {
  return pathname === "" || (pathname.endsWith("/") && !ZARR_EXTENSION.test(pathname.slice(0, -1)));
}

/** What has to be readable for the members of an entry to be opened. */
export function allowedBy(entry: LocationEntry): URL {
  return entry.kind === "single" ? entry.location : entry.folder;
}

/**
 * Lists members with a scanner of folders.
 * @throws GatewayError upstream where an entry names nothing
 */
export function memberLister(scan: ReturnType<typeof rememberedScans>): MemberLister {
  return async (entries, { signal }) => {
    const members: MemberReference[] = [];
    for (const [position, entry] of entries.entries()) {
      if (entry.kind === "single") {
        members.push({ id: entry.id, name: entry.name, path: entry.name, entry: position });
      } else {
        for (const member of await listFolder(entry, { scan, position, signal })) members.push(member);
      }
    }
    return members;
  };
}

interface FolderListing extends CallOptions {
  readonly scan: ReturnType<typeof rememberedScans>;
  /** Of the entry. */
  readonly position: number;
}

async function listFolder(
  { folder, match }: Extract<LocationEntry, { kind: "folder" }>,
  { scan, position, signal }: FolderListing,
): Promise<MemberReference[]> {
  const base = folder.protocol === "file:" ? fileURLToPath(folder) : undefined;
  if (match === undefined && base !== undefined && (await isFile(base))) {
    const name = basename(base);
    return [{ id: base, name, path: name, entry: position }];
  }
  const { found } = await scan(folder, match, {
    ...(match !== undefined && { isMatch: compileGlob(match), mayHold: compileFolderGlob(match) }),
    signal,
  });
  if (found.length === 0) {
    const what = match === undefined ? "no dataset is in" : `no file fits "${match}" in`;
    // the folder was listed: who had members there before has others now
    throw new GatewayError("upstream", `${what} the folder "${locationName(folder)}"`, { changed: true });
  }
  const idBelow = idsBelow(folder);
  return found.map(({ path, isRoot }) => ({
    id: idBelow(isRoot ? "" : path),
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    entry: position,
  }));
}

/** Absolute path of a file of this machine, or the URL, by the path below the folder. */
function idsBelow(folder: URL): (path: string) => string {
  if (folder.protocol !== "file:")
    return (path) => (path === "" ? folder.href : locationBelow(folder, path).href);
  const base = fileURLToPath(folder);
  const start = base.endsWith("/") ? base : `${base}/`;
  return (path) => (path === "" ? base : start + path);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // the scan says what is wrong
  }
}
