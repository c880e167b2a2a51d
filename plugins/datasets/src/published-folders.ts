import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";
import type { PublishedFolder } from "./folder-index.ts";
import { compileFolderGlob, compileGlob, isGlob, splitGlob } from "./glob.ts";
import { isBucketLocation, localPath, locationPattern, locationUrl } from "./location.ts";
import type { FolderOptions } from "./options.ts";

/**
 * The folders of the configuration, checked: one that is not there stops the start, as any other wrong setting. Buckets
 * are not asked: one that does not answer now may do so later.
 * @throws GatewayError invalid_request naming the key, unsupported for what does not list
 */
export function publishedFolders(folders: readonly FolderOptions[]): Promise<PublishedFolder[]> {
  return Promise.all(folders.map((folder, position) => publishedFolder(folder, `folders[${position}].path`)));
}

async function publishedFolder(folder: FolderOptions, key: string): Promise<PublishedFolder> {
  const path = localPath(folder.path);
  const options = { template: folder.id, watch: folder.watch };
  if (path === undefined) return { ...options, ...remoteFolder(folder, key) };
  if (!isAbsolute(path)) throw new GatewayError("invalid_request", `${key}: expected an absolute path`);
  if (await isFolder(path)) {
    return { ...options, location: pathToFileURL(resolve(path)), ...matching(folder.match) };
  }
  const { base, match } = splitGlob(path);
  if (!isGlob(path) || folder.match !== undefined || !(await isFolder(base))) {
    throw new GatewayError("invalid_request", `${key}: there is no folder "${path}"`, { key });
  }
  return { ...options, location: pathToFileURL(resolve(base)), ...matching(match) };
}

type RemoteFolder = Pick<PublishedFolder, "location" | "isMatch" | "mayHold">;

function remoteFolder({ path, match }: FolderOptions, key: string): RemoteFolder {
  if (!isBucketLocation(path)) {
    const message = `${key}: expected a path, or a bucket such as s3://bucket/folder/; other servers do not tell what they have`;
    throw new GatewayError("unsupported", message, { key });
  }
  const pattern = locationPattern(path);
  if (pattern === undefined) return { location: locationUrl(path), ...matching(match) };
  if (match !== undefined) {
    throw new GatewayError("invalid_request", `${key}: a glob, and "match" beside it: one of them`, { key });
  }
  return { location: pattern.folder, ...matching(pattern.match) };
}

function matching(match: string | undefined): Pick<PublishedFolder, "isMatch" | "mayHold"> {
  return match === undefined ? {} : { isMatch: compileGlob(match), mayHold: compileFolderGlob(match) };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // said by the caller, with the key of the configuration
  }
}
