import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { isBucketLocation, isGlob } from "@zarr-gateway/plugin-datasets";
import { formatKey, type LoadedConfiguration, type Problem } from "./configuration/index.ts";
import { valueAt } from "./configuration/validate.ts";

/** Folders of the configuration that are not there: nothing they publish could ever show. Buckets are not asked. */
export async function folderProblems({ configuration, document }: LoadedConfiguration): Promise<Problem[]> {
  const problems = await Promise.all(
    configuration.folders.map(async ({ path }, position): Promise<Problem | undefined> => {
      if (isBucketLocation(path) || isGlob(path) || (await isFolder(path))) return undefined;
      const key = ["folders", position, "path"];
      const written = valueAt(document?.value, key) ?? path;
      const message = `there is no folder ${JSON.stringify(written)}`;
      return { place: document?.placeOf(key), key: formatKey(key), message };
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path.startsWith("file:") ? fileURLToPath(path) : path)).isDirectory();
  } catch {
    return false; // absent or out of reach: a folder of datasets it is not
  }
}
