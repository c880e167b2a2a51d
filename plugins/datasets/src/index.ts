import { join } from "node:path";
import { definePlugin, OpenersService, OriginsService, provide } from "@zarr-gateway/plugin";
import { AggregateIndex, prepareToLook } from "@zarr-gateway/sources";
import { OpenFiles, RemoteConnections } from "@zarr-gateway/stores";
import { assertAllowedLocations } from "./allowed-locations.ts";
import { parseCredentials } from "./credentials.ts";
import { datasetOrigins } from "./dataset-origins.ts";
import { FolderIndex } from "./folder-index.ts";
import { localPath, locationUrl } from "./location.ts";
import { locationOpener } from "./location-opener.ts";
import { locationScanner, rememberedScans } from "./location-scanner.ts";
import { memberLister } from "./member-locations.ts";
import { datasetsOptions } from "./options.ts";
import { datasetsProvider } from "./provider.ts";
import { publishedFolders } from "./published-folders.ts";

export { DATASET_ID } from "./dataset-id.ts";
export { isGlob, splitGlob } from "./glob.ts";
export { isBucketLocation } from "./location.ts";
export { type DatasetOptions, type DatasetsOptions, datasetsOptions, type FolderOptions } from "./options.ts";
export { type ScanOptions, scanFolder } from "./scan-folder.ts";

/** Datasets of the configuration and of folders. */
export default definePlugin({
  name: "datasets",
  version: "0.1.0",
  prefix: "",
  options: datasetsOptions.prefault({}),
  requires: [OpenersService],
  provides: [OriginsService],
  async setup(host, options) {
    const { allow, checkEvery, credentials } = options.sources;
    const folders = await publishedFolders(options.folders);
    const allowed = allow?.map(locationUrl);
    if (allowed) assertAllowedLocations(options, allowed);
    const files = new OpenFiles({ checkEveryMs: checkEvery });
    const connections = new RemoteConnections();
    const stores = {
      files,
      connections,
      credentials: parseCredentials(credentials),
      remote: { cache: host.cache, checkEveryMs: checkEvery },
    };
    const scan = locationScanner(stores);
    const index = new FolderIndex({
      folders,
      scan,
      reserved: new Set([...Object.keys(options.datasets), ...options.reserved]),
      allow: allow?.map(localPath).filter((path) => path !== undefined) ?? [],
      checkEveryMs: checkEvery,
      log: host.log,
    });
    const aggregates = new AggregateIndex({
      ...(options.indexFolder !== undefined && { path: join(options.indexFolder, "aggregates.sqlite") }),
      onProblem: (message, cause) => host.log.warn({ err: cause }, message),
    });
    const hasAggregates = Object.values(options.datasets).some(({ combine }) => combine !== undefined);
    if (hasAggregates) prepareToLook(host.pool).catch(() => undefined); // who asks for one is told what fails
    const provider = datasetsProvider({
      datasets: options.datasets,
      folders: index,
      openLocation: locationOpener({
        pool: host.pool,
        ...stores,
        contributed: host.use(OpenersService),
      }),
      allow: allowed,
      services: { pool: host.pool, cache: host.cache },
      combine: { pool: host.pool, cache: host.cache, index: aggregates },
      listMembers: memberLister(rememberedScans(scan, { checkEveryMs: checkEvery })),
    });
    return {
      providers: [provider],
      services: [
        provide(
          OriginsService,
          datasetOrigins({ datasets: options.datasets, folders: index, credentials: stores.credentials }),
        ),
      ],
      close: async () => {
        aggregates.close();
        await files.close();
        await connections.close();
      },
    };
  },
});
