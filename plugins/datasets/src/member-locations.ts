import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { MemberReference } from "@zarr-gateway/sources";
import { locationName } from "@zarr-gateway/stores";
import { compileGlob, isGlob, splitGlob } from "./glob.ts";
import { localPath, locationUrl } from "./location.ts";
import { scanFolder } from "./scan-folder.ts";

/** One entry of `location`, understood without looking. */
export type LocationEntry =
  | { readonly kind: "single"; readonly id: string; readonly location: URL; readonly name: string }
  /** A folder with everything in it, or what fits a glob below it. */
  | { readonly kind: "folder"; readonly base: string; readonly match: string | undefined };

/** @param expandsFolders true where a folder stands for the datasets in it */
export function locationEntry(location: string, expandsFolders: boolean): LocationEntry {
  const path = localPath(location);
  if (path !== undefined && isGlob(path)) {
    const { base, match } = splitGlob(path);
    return { kind: "folder", base, match };
  }
  if (path !== undefined && expandsFolders) return { kind: "folder", base: path, match: undefined };
  const url = locationUrl(location);
  return { kind: "single", id: path ?? url.href, location: url, name: locationName(url) };
}

/** What has to be readable for the members of an entry to be opened. */
export function allowedBy(entry: LocationEntry): URL {
  return entry.kind === "single" ? entry.location : pathToFileURL(entry.base);
}

/**
 * The files and stores that the entries name now, in the order of the entries and within each by path.
 * @throws GatewayError upstream where an entry names nothing
 */
export async function listMembers(
  entries: readonly LocationEntry[],
  { signal }: CallOptions,
): Promise<MemberReference[]> {
  const members: MemberReference[] = [];
  for (const [position, entry] of entries.entries()) {
    if (entry.kind === "single") {
      members.push({ id: entry.id, name: entry.name, path: entry.name, entry: position });
    } else {
      for (const member of await listFolder(entry, position, signal)) members.push(member);
    }
  }
  return members;
}

async function listFolder(
  { base, match }: Extract<LocationEntry, { kind: "folder" }>,
  entry: number,
  signal: AbortSignal | undefined,
): Promise<MemberReference[]> {
  if (match === undefined && (await isFile(base))) {
    const name = basename(base);
    return [{ id: base, name, path: name, entry }];
  }
  const found = await scanFolder(base, {
    ...(match !== undefined && { isMatch: compileGlob(match) }),
    signal,
  });
  if (found.length === 0) {
    const what = match === undefined ? "no dataset is in" : `no file fits "${match}" in`;
    throw new GatewayError("upstream", `${what} the folder "${basename(base)}"`);
  }
  const root = base.endsWith("/") ? base : `${base}/`;
  return found.map(({ path, isRoot }) => ({
    id: isRoot ? base : root + path,
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    entry,
  }));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // the scan says what is wrong
  }
}
