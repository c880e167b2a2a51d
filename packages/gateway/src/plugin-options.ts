import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { siblingModule } from "@zarr-gateway/primitives";
import type { LoadedConfiguration } from "./configuration/index.ts";
import { processCount } from "./process-count.ts";
import { programVersion } from "./version.ts";

/** Options of plugins that have keys of their own at the root of the file. */
export function rootOptions({ name }: { readonly name: string }, loaded: LoadedConfiguration): object {
  const { forecasts, maps, catalog } = loaded.configuration;
  switch (name) {
    case "datasets":
      return datasetOptions(loaded);
    case "forecasts":
      return { forecasts, ...modelOptions(loaded) };
    case "maps":
      return { maps, ...modelOptions(loaded) };
    case "descriptions":
      return descriptionOptions(loaded);
    case "jobs":
    case "results":
    case "workflows":
      return jobOptions(name, loaded);
    case "dialects":
      return catalogTexts(catalog);
    case "pages":
      return pageTexts(catalog);
    case "stac":
      return catalog;
    default:
      return {};
  }
}

/** Options of the plugins that run jobs: each its part of `jobs:` and `workflows:`. */
function jobOptions(plugin: "jobs" | "results" | "workflows", loaded: LoadedConfiguration): object {
  const { configuration, document } = loaded;
  if (configuration.jobs === undefined) return {};
  const { objectStorage, catalogs, ...ofJobs } = configuration.jobs;
  const { publicUrl, processes } = configuration.server;
  if (plugin === "jobs")
    return {
      ...ofJobs,
      processes: processCount(processes),
      ...(publicUrl !== undefined && { source: publicUrl }),
    };
  if (plugin === "results") {
    const { maxBytes, keep } = ofJobs.results;
    const { credentials } = configuration.sources;
    return {
      maxBytes,
      keep,
      objectStorage,
      catalogs,
      credentials,
      ...(publicUrl !== undefined && { publicUrl }),
    };
  }
  return {
    ...configuration.workflows,
    gatewayVersion: programVersion(),
    forecasts: Object.keys(configuration.forecasts),
    workers: ofJobs.workers,
    maxResultBytes: ofJobs.results.maxBytes,
    moduleHooks: siblingModule(import.meta.url, "plugin-modules").href,
    ...(document && { configurationFile: resolve(document.file) }),
  };
}

/** The first page is headed as the catalogs are. */
function pageTexts({ title, description }: LoadedConfiguration["configuration"]["catalog"]): object {
  return { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
}

/** What every catalog says about itself. */
function catalogTexts({
  title,
  description,
  providers,
}: LoadedConfiguration["configuration"]["catalog"]): object {
  const host = providers.find(({ roles }) => roles?.includes("host")) ?? providers[0];
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(host && { publisher: { name: host.name, ...(host.url !== undefined && { url: host.url }) } }),
  };
}

/** The index of aggregates lies beside the cache where there is one, else where the user's programs keep such things. */
function datasetOptions({ configuration, cacheFolder }: LoadedConfiguration): object {
  const { datasets: byId, forecasts: forecastsById, maps: mapsById, folders, sources, cache } = configuration;
  const indexFolder = cache.disk ? join(cache.disk.path, "aggregates") : cacheFolder;
  const reserved = [...Object.keys(forecastsById), ...Object.keys(mapsById)];
  return { datasets: byId, folders, sources, reserved, ...(indexFolder !== undefined && { indexFolder }) };
}

/** Hashes of model files lie where the index of aggregates does. */
function modelOptions({ configuration, cacheFolder }: LoadedConfiguration): object {
  const folder = configuration.cache.disk?.path ?? cacheFolder;
  return {
    gatewayVersion: programVersion(),
    ...(folder !== undefined && { cacheFolder: folder }),
  };
}

/**
 * Descriptions outlive a restart beside the cache on disk, where there is one; else they are made anew. Each configuration
 * has its own: what an id means is different in another.
 */
function descriptionOptions({ configuration, document }: LoadedConfiguration): object {
  const { cache, datasets: byId, folders } = configuration;
  if (cache.disk === undefined) return {};
  const whose =
    document?.file ??
    JSON.stringify([byId, folders], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
  const name = createHash("sha256").update(whose).digest("hex").slice(0, 16);
  return { index: join(cache.disk.path, "descriptions", `${name}.sqlite`) };
}
