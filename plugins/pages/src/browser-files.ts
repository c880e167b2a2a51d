import { readdir, readFile } from "node:fs/promises";
import { GatewayError } from "@zarr-gateway/primitives";

/** Name of a file below `/pages/` → content. */
export type BrowserFiles = ReadonlyMap<string, Uint8Array>;

let files: Promise<BrowserFiles> | undefined;

/**
 * Scripts and outlines that the pages load. The published package has them beside its modules; a clone makes them from
 * `browser/` when the first page asks for one.
 * @throws GatewayError internal, where neither is possible: the pages then work without scripts
 */
export function browserFiles(): Promise<BrowserFiles> {
  if (files === undefined) {
    files = readBuilt().then((built) => built ?? buildNow());
    files.catch(() => {
      files = undefined;
    });
  }
  return files;
}

async function readBuilt(): Promise<BrowserFiles | undefined> {
  const folder = new URL("./browser/", import.meta.url);
  const names = await readdir(folder).catch(() => undefined); // no such folder: this is a clone
  if (names === undefined) return undefined;
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, folder))] as const)),
  );
}

async function buildNow(): Promise<BrowserFiles> {
  const module = new URL("../browser/build.ts", import.meta.url).href; // not to be followed by the bundler
  try {
    // our own file, whose one export makes the files
    const { buildBrowserFiles } = (await import(module)) as {
      buildBrowserFiles: () => Promise<BrowserFiles>;
    };
    return await buildBrowserFiles();
  } catch (error) {
    throw new GatewayError("internal", "the scripts of the pages could not be built", {}, error);
  }
}
