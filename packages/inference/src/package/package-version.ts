import { createHash } from "node:crypto";
import { dirname, join, sep } from "node:path";
import { mapConcurrently } from "@zarr-gateway/primitives";
import { type HashOptions, hashFile } from "./file-hash.ts";
import { findFile } from "./package-folder.ts";

/** A file of a package, found. */
export interface PackageFile {
  readonly name: string;
  readonly path: string;
}

export interface HashedFile extends PackageFile {
  readonly sha256: string;
}

/** Why a file in which tensors of a graph lie cannot be used. */
export interface ExternalProblem {
  /** The graph. */
  readonly name: string;
  readonly reason: string;
}

const MAX_CONCURRENT_HASHES = 2;

/** Hashes files and the files in which their tensors lie. */
export async function hashFiles(
  folder: string,
  files: readonly PackageFile[],
  options: HashOptions,
): Promise<{ readonly hashed: readonly HashedFile[]; readonly problems: readonly ExternalProblem[] }> {
  const problems: ExternalProblem[] = [];
  const own = await mapConcurrently(files, MAX_CONCURRENT_HASHES, async (file) => ({
    ...file,
    ...(await hashFile(file.path, options)),
  }));
  const external = new Map<string, PackageFile>();
  for (const { name, external: locations } of own) {
    for (const location of locations) {
      const beside = join(dirname(name), location).split(sep).join("/");
      const found = await findFile(folder, location.includes("..") ? location : beside);
      if ("reason" in found)
        problems.push({ name, reason: `a tensor of the graph lies elsewhere: ${found.reason}` });
      else external.set(found.path, { name: beside, path: found.path });
    }
  }
  const others = await mapConcurrently([...external.values()], MAX_CONCURRENT_HASHES, async (file) => ({
    ...file,
    sha256: (await hashFile(file.path, options)).sha256,
  }));
  return { hashed: [...own, ...others], problems };
}

/** One hash of the description and of all files, by their names. */
export function joinHashes(description: Uint8Array, files: readonly HashedFile[]): string {
  const hash = createHash("sha256").update(createHash("sha256").update(description).digest("hex"));
  const lines = files.map(({ name, sha256 }) => `\n${sha256} ${name}`);
  for (const line of [...new Set(lines)].sort()) hash.update(line);
  return hash.digest("hex");
}
