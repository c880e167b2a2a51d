import { resolve } from "node:path";
import { jobsKey } from "./jobs-schema.ts";
import type { Configuration } from "./schema.ts";

/** True for `http://…`, `s3://…`, `file:///…`; a Windows drive letter is not a scheme. */
export function isUrl(location: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(location);
}

/** An absolute path, or the URL as it is; behind `reference::` and `kerchunk+` there is either. */
export function resolveLocation(location: string, folder: string): string {
  const prefix = REFERENCES_PREFIX.exec(location)?.[0] ?? "";
  const place = location.slice(prefix.length);
  return prefix + (isUrl(place) ? place : resolve(folder, place));
}

/** Says that what follows is a reference set, whatever it is called. */
export const REFERENCES_PREFIX = /^(reference::|kerchunk\+(?=[A-Za-z][A-Za-z0-9]+:))/i;

/** The same configuration with every path absolute: relative ones are relative to the file's folder. */
export function resolvePaths(configuration: Configuration, folder: string): Configuration {
  const { server, cache, sources, datasets, forecasts, maps, workflows, folders, plugins } = configuration;
  const jobs = configuration.jobs ?? (workflows && jobsKey.parse({})); // workflows run as jobs
  const absolute = (location: string): string => resolveLocation(location, folder);
  const absoluteEach = (location: string | string[]): string | string[] =>
    Array.isArray(location) ? location.map(absolute) : absolute(location);
  return {
    ...configuration,
    server: server.tls
      ? { ...server, tls: { cert: absolute(server.tls.cert), key: absolute(server.tls.key) } }
      : server,
    cache: cache.disk ? { ...cache, disk: { ...cache.disk, path: absolute(cache.disk.path) } } : cache,
    sources: {
      ...sources,
      ...(sources.allow && { allow: sources.allow.map(absolute) }),
      credentials: Object.fromEntries(
        Object.entries(sources.credentials).map(([prefix, values]) => [
          prefix,
          values.keyFile === undefined ? values : { ...values, keyFile: absolute(values.keyFile) },
        ]),
      ),
    },
    datasets: Object.fromEntries(
      Object.entries(datasets).map(([id, dataset]) => [
        id,
        { ...dataset, location: absoluteEach(dataset.location) },
      ]),
    ),
    forecasts: withModelPaths(forecasts, folder),
    maps: withModelPaths(maps, folder),
    ...(jobs && { jobs: withJobPaths(jobs, folder) }),
    ...(workflows && {
      workflows: withWorkflowPaths(workflows, folder),
    }),
    folders: folders.map((entry) => ({ ...entry, path: absolute(entry.path) })),
    plugins: Object.fromEntries(
      Object.entries(plugins).map(([name, options]) => [isModulePath(name) ? absolute(name) : name, options]),
    ),
  };
}

function withModelPaths<Entry extends { readonly model: string; readonly weights?: string | undefined }>(
  byId: Readonly<Record<string, Entry>>,
  folder: string,
): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(byId).map(([id, entry]) => [
      id,
      {
        ...entry,
        model: resolve(folder, entry.model),
        ...(entry.weights !== undefined && { weights: resolve(folder, entry.weights) }),
      },
    ]),
  );
}

function withJobPaths(
  jobs: NonNullable<Configuration["jobs"]>,
  folder: string,
): NonNullable<Configuration["jobs"]> {
  const file = /^sqlite:(.+)$/.exec(jobs.database)?.[1];
  return {
    ...jobs,
    database: file === undefined ? jobs.database : `sqlite:${resolve(folder, file)}`,
    results: { ...jobs.results, path: resolve(folder, jobs.results.path) },
    objectStorage: withKeyPath(jobs.objectStorage, folder),
  };
}

function withKeyPath<Storage extends { readonly cloudFront?: { readonly privateKey: string } | undefined }>(
  storage: Storage,
  folder: string,
): Storage {
  const { cloudFront } = storage;
  if (cloudFront === undefined) return storage;
  return { ...storage, cloudFront: { ...cloudFront, privateKey: keyPath(folder, cloudFront.privateKey) } };
}

/** `./plugins/mine.ts` or `/opt/mine.js`; anything else is a built-in's or a package's name. */
export function isModulePath(name: string): boolean {
  return /^(\.{0,2}\/|[A-Za-z]:[\\/])/.test(name) || name.startsWith("file:");
}

/** An interpreter without a slash is one of the path. */
function withWorkflowPaths(
  workflows: NonNullable<Configuration["workflows"]>,
  folder: string,
): NonNullable<Configuration["workflows"]> {
  const { directories, readable, writable, python } = workflows;
  return {
    ...workflows,
    directories: directories.map((path) => resolve(folder, path)),
    readable: readable.map((path) => (path === "*" ? path : resolve(folder, path))),
    writable: writable.map((path) => resolve(folder, path)),
    ...(python?.includes("/") === true && { python: resolve(folder, python) }),
  };
}

/** A key that comes from a variable is the PEM text itself. */
function keyPath(folder: string, privateKey: string): string {
  return privateKey.includes("-----BEGIN") ? privateKey : resolve(folder, privateKey);
}
