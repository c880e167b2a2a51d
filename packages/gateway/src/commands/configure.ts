import { isAbsolute, join } from "node:path";
import { defaultConfiguration, type LoadedConfiguration, loadConfiguration } from "../configuration/index.ts";
import { withLocations } from "../locations.ts";
import type { Terminal } from "../terminal.ts";

/** The configuration of a file, or the default one, with locations of the command line added. */
export async function configure(
  terminal: Terminal,
  file: string | undefined,
  locations: readonly string[] = [],
): Promise<LoadedConfiguration> {
  const loaded =
    file === undefined
      ? { configuration: defaultConfiguration() }
      : await loadConfiguration(file, terminal.environment);
  const cacheFolder = cacheFolderOf(terminal.environment);
  return {
    ...loaded,
    ...(cacheFolder !== undefined && { cacheFolder }),
    configuration: withLocations(loaded.configuration, locations, terminal.folder),
  };
}

/** As the XDG base directory specification names it: empty and relative ones do not count. */
function cacheFolderOf({ XDG_CACHE_HOME, HOME, LOCALAPPDATA }: Terminal["environment"]): string | undefined {
  const [folder] = [XDG_CACHE_HOME, HOME && join(HOME, ".cache"), LOCALAPPDATA].filter(
    (path) => path !== undefined && isAbsolute(path),
  );
  return folder === undefined ? undefined : join(folder, "zarr-gateway");
}
