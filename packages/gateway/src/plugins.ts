import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "@zarr-gateway/plugin";
import datasets from "@zarr-gateway/plugin-datasets";
import descriptions from "@zarr-gateway/plugin-descriptions";
import diagnostics from "@zarr-gateway/plugin-diagnostics";
import dialects from "@zarr-gateway/plugin-dialects";
import download from "@zarr-gateway/plugin-download";
import earth2studio from "@zarr-gateway/plugin-earth2studio";
import forecasts from "@zarr-gateway/plugin-forecasts";
import info from "@zarr-gateway/plugin-info";
import intake from "@zarr-gateway/plugin-intake";
import jobs from "@zarr-gateway/plugin-jobs";
import jobsApi from "@zarr-gateway/plugin-jobs/api";
import maps from "@zarr-gateway/plugin-maps";
import pages from "@zarr-gateway/plugin-pages";
import plot from "@zarr-gateway/plugin-plot";
import references from "@zarr-gateway/plugin-references";
import results from "@zarr-gateway/plugin-results";
import stac from "@zarr-gateway/plugin-stac";
import statistics from "@zarr-gateway/plugin-statistics";
import views from "@zarr-gateway/plugin-views";
import workflows from "@zarr-gateway/plugin-workflows";
import zarr from "@zarr-gateway/plugin-zarr";
import { messageOf, similarWord } from "@zarr-gateway/primitives";
import type { PluginUse } from "@zarr-gateway/server";
import { z } from "zod";
import type { KeyPath } from "./configuration/document.ts";
import {
  ConfigurationError,
  formatKey,
  type LoadedConfiguration,
  type Problem,
} from "./configuration/index.ts";
import { toJsonSchema } from "./configuration/json-schema.ts";
import { isModulePath, resolveLocation } from "./configuration/resolve-paths.ts";
import { explainIssues, type SchemaIssue, valueAt } from "./configuration/validate.ts";
import { folderProblems } from "./existing-folders.ts";
import { forecastProblems } from "./forecast-problems.ts";
import { packageSpecifier, registerPluginModules } from "./module-hooks.ts";
import { rootOptions } from "./plugin-options.ts";

/** In the order in which they are set up and mounted. */
const BUILT_IN: readonly Plugin<unknown>[] = [
  forecasts,
  maps,
  datasets,
  views,
  jobs,
  workflows,
  results,
  jobsApi,
  earth2studio,
  descriptions,
  zarr,
  references,
  download,
  diagnostics,
  info,
  intake,
  dialects,
  statistics,
  plot,
  stac,
  pages,
];

/** Loaded only where the configuration speaks of jobs: an archive that is only read keeps no files. */
const OF_JOBS: ReadonlySet<Plugin<unknown>> = new Set([jobs, workflows, results, jobsApi, earth2studio]);

const BUILT_IN_NAMES = new Set(BUILT_IN.map(({ name }) => name));

function hasJobs({ configuration }: LoadedConfiguration): boolean {
  return configuration.jobs !== undefined && configuration.plugins[jobs.name] !== false;
}

/**
 * The built-in plugins that are not switched off, then the user's own, each with checked options.
 * @throws ConfigurationError naming every entry of `plugins:` that cannot be used
 */
export async function choosePlugins(loaded: LoadedConfiguration): Promise<PluginUse[]> {
  const { configuration } = loaded;
  const problems: Problem[] = [
    ...(await folderProblems(loaded)),
    ...forecastProblems(loaded, BUILT_IN_NAMES),
  ];
  const chosen: PluginUse[] = [];
  for (const plugin of BUILT_IN) {
    const given = configuration.plugins[plugin.name] ?? {};
    if (given === false || (OF_JOBS.has(plugin) && !hasJobs(loaded))) continue;
    const options = { ...rootOptions(plugin, loaded), ...given };
    chosen.push({ plugin, options });
  }
  for (const [name, options] of Object.entries(configuration.plugins)) {
    if (options === false || BUILT_IN_NAMES.has(name)) continue;
    try {
      chosen.push({
        plugin: await importPlugin(name, folderOf(loaded)),
        options,
        path: writtenName(name, loaded),
      });
    } catch (error) {
      problems.push(problemAt(keyOf(name, loaded), messageOf(error), loaded));
    }
  }
  for (const entry of chosen) problems.push(...optionProblems(entry, loaded));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return chosen;
}

async function importPlugin(name: string, folder: string): Promise<Plugin<unknown>> {
  registerPluginModules();
  const isPath = isModulePath(name);
  const specifier = isPath ? hrefOf(name) : packageSpecifier(name, folder);
  let module: { readonly default?: unknown };
  try {
    module = (await import(specifier)) as { readonly default?: unknown }; // a module namespace object
  } catch (error) {
    if (!isPath && isNotFound(error, name)) throw new Error(unknownPlugin(name));
    throw new Error(`cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const missing = missingParts(module.default);
  if (missing.length === 0) return module.default as Plugin<unknown>; // just checked
  throw new Error(
    `the default export must be definePlugin({ name, prefix, options, setup }); missing or wrong: ${missing.join(", ")}`,
  );
}

function hrefOf(path: string): string {
  return path.startsWith("file:") ? path : pathToFileURL(path).href;
}

function isNotFound(error: unknown, name: string): boolean {
  const { code } = error as { readonly code?: unknown }; // module errors have one
  return code === "ERR_MODULE_NOT_FOUND" && messageOf(error).includes(`'${name}'`);
}

function unknownPlugin(name: string): string {
  const names = [...BUILT_IN_NAMES];
  const meant = similarWord(name, names);
  const advice = meant === undefined ? "" : ` did you mean "${meant}"?`;
  return `neither a built-in plugin (${names.join(", ")}) nor an installed package;${advice} a file starts with ./`;
}

function missingParts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return ["the export itself"];
  const plugin = value as Partial<Plugin<unknown>>; // checked member by member
  return [
    ...(typeof plugin.name === "string" && plugin.name !== "" ? [] : ["name"]),
    ...(typeof plugin.prefix === "string" ? [] : ["prefix"]),
    ...(typeof plugin.options?.parse === "function" ? [] : ["options"]),
    ...(typeof plugin.setup === "function" ? [] : ["setup"]),
  ];
}

/** Options are parsed here too, only to say where in the file a wrong one stands. */
function optionProblems({ plugin, options = {}, path }: PluginUse, loaded: LoadedConfiguration): Problem[] {
  try {
    plugin.options.parse(options);
    return [];
  } catch (error) {
    const issues = (error as { issues?: readonly SchemaIssue[] }).issues; // zod's errors have them, other schemas' may not
    const at = keyOf(path ?? plugin.name, loaded);
    if (!issues || !loaded.document) return [problemAt(at, messageOf(error), loaded)];
    const schema = plugin.options instanceof z.ZodType ? toJsonSchema(plugin.options) : undefined;
    const isOwn = [datasets, forecasts, maps].some((one) => one === plugin); // their options are keys of the file's root
    return explainIssues(issues, { document: loaded.document, schema, at: isOwn ? [] : at });
  }
}

/** The key of `plugins:` as the file has it: the loaded configuration has absolute paths. */
function writtenName(name: string, loaded: LoadedConfiguration): string {
  const written = valueAt(loaded.document?.value, ["plugins"]);
  const keys = typeof written === "object" && written !== null ? Object.keys(written) : [];
  return keys.find((key) => key === name || resolveLocation(key, folderOf(loaded)) === name) ?? name;
}

function keyOf(name: string, loaded: LoadedConfiguration): KeyPath {
  return ["plugins", writtenName(name, loaded)];
}

function problemAt(path: KeyPath, message: string, { document }: LoadedConfiguration): Problem {
  return { place: document?.placeOf(path), key: formatKey(path), message };
}

function folderOf({ document }: LoadedConfiguration): string {
  return document ? dirname(resolve(document.file)) : process.cwd();
}
