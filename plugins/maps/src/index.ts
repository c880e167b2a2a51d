import {
  ModelInterfaces,
  modelPackageVersion,
  readModelPackage,
  watchedPackage,
} from "@zarr-gateway/inference";
import { definePlugin, MapModelsService, provide } from "@zarr-gateway/plugin";
import { MapMetrics } from "./metrics.ts";
import { mapOpener } from "./open-map.ts";
import { type MapOptions, mapsOptions } from "./options.ts";
import { type ConfiguredMap, type MapOpener, mapsProvider } from "./provider.ts";
import { readPackages } from "./read-packages.ts";

export { MapConfigurationError, type MapProblem } from "./configuration-problems.ts";
export { type MapOptions, mapsOptions } from "./options.ts";

/** Maps of the configuration: models applied to every sample of a dataset, when it is read. */
export default definePlugin({
  name: "maps",
  version: "0.1.0",
  prefix: "",
  options: mapsOptions.prefault({}),
  provides: [MapModelsService],
  async setup(host, { maps: byId, cacheFolder, gatewayVersion }) {
    const maps = new Map(Object.entries(byId).map(([id, options]) => [id, mapOf(id, options, cacheFolder)]));
    await readPackages([...maps.values()]);
    const metrics = new MapMetrics(maps.keys());
    const interfaces = new ModelInterfaces();
    const openMap = mapOpener({ host, metrics, gatewayVersion });
    const open: MapOpener = async (parts, call) => {
      await interfaces.note(parts.map.id, parts.model, call);
      return openMap(parts, call);
    };
    return {
      providers: [mapsProvider(maps, host, open)],
      metrics: metrics.metrics(),
      services: [provide(MapModelsService, interfaces)],
      // what is missing of a dataset is told now: the catalog remembers and logs what does not open
      started: () => {
        for (const id of maps.keys()) host.datasets.open(id).catch(() => undefined);
      },
    };
  },
});

function mapOf(id: string, options: MapOptions, cacheFolder: string | undefined): ConfiguredMap {
  const { model, weights } = options;
  const reading = {
    ...(weights !== undefined && { weights }),
    ...(cacheFolder !== undefined && { cacheFolder }),
  };
  return {
    id,
    options,
    model: watchedPackage({
      read: ({ signal }) => readModelPackage(model, { ...reading, signal }),
      look: ({ signal }) => modelPackageVersion(model, { ...reading, signal }),
    }),
  };
}
