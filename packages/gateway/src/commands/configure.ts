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
  return { ...loaded, configuration: withLocations(loaded.configuration, locations, terminal.folder) };
}
