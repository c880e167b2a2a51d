import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";
import type { PublishedFolder } from "./folder-index.ts";
import { compileGlob, isGlob, splitGlob } from "./glob.ts";
import { localPath } from "./location.ts";
import type { FolderOptions } from "./options.ts";

/**
 * The folders of the configuration, checked: one that is not there stops the start, as any other wrong setting.
 * @throws GatewayError invalid_request naming the key, unsupported for a folder that is not local
 */
export function publishedFolders(folders: readonly FolderOptions[]): Promise<PublishedFolder[]> {
  return Promise.all(folders.map((folder, position) => publishedFolder(folder, `folders[${position}].path`)));
}

async function publishedFolder(folder: FolderOptions, key: string): Promise<PublishedFolder> {
  const path = localPath(folder.path);
  if (path === undefined)
    throw new GatewayError("unsupported", `${key}: remote folders are not available yet`);
  if (!isAbsolute(path)) throw new GatewayError("invalid_request", `${key}: expected an absolute path`);
  const options = { template: folder.id, watch: folder.watch };
  if (await isFolder(path)) {
    const isMatch = folder.match === undefined ? undefined : compileGlob(folder.match);
    return { ...options, root: resolve(path), ...(isMatch && { isMatch }) };
  }
  const { base, match } = splitGlob(path);
  if (!isGlob(path) || folder.match !== undefined || !(await isFolder(base))) {
    throw new GatewayError("invalid_request", `${key}: there is no folder "${path}"`, { key });
  }
  return { ...options, root: resolve(base), isMatch: compileGlob(match) };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // said by the caller, with the key of the configuration
  }
}
