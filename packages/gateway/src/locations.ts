import { existsSync, statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { isBucketLocation, isGlob, splitGlob } from "@zarr-gateway/plugin-datasets";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Configuration, locationProblem } from "./configuration/index.ts";
import { isUrl, resolveLocation } from "./configuration/resolve-paths.ts";

const STORE_MARKS = ["zarr.json", ".zgroup", ".zarray", ".zmetadata"];
const KNOWN_EXTENSION =
  /\.(json|json\.zstd?|parq|parquet|zarr|icechunk|nc|nc3|nc4|cdf|netcdf|h5|he5|hdf|hdf5)$/i;

interface NamedLocation {
  readonly location: string;
  readonly name: string;
}

/**
 * Adds what a person wrote behind `serve`: files, folders, globs and URLs.
 * @throws GatewayError invalid_request for what is not there, or when two locations have one id
 */
export function withLocations(
  configuration: Configuration,
  locations: readonly string[],
  folder: string,
): Configuration {
  const folders = [...configuration.folders];
  const named: NamedLocation[] = [];
  for (const location of locations) {
    const problem = locationProblem(location);
    if (problem !== undefined) throw new GatewayError("invalid_request", `${location}: ${problem}`);
    if (isUrl(location)) {
      const resolved = resolveLocation(location, folder);
      if (isBucketFolder(resolved)) folders.push({ path: resolved, id: "{path}", watch: true });
      else named.push({ location: resolved, name: nameInUrl(resolved) });
    } else addPath(resolve(folder, location), location, folders, named);
  }
  return {
    ...configuration,
    folders,
    datasets: { ...configuration.datasets, ...byId(configuration, named) },
  };
}

function addPath(
  path: string,
  asWritten: string,
  folders: Configuration["folders"],
  named: NamedLocation[],
): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory() && !isStore(path)) folders.push({ path, id: "{path}", watch: true });
    else named.push({ location: path, name: basename(path) });
    return;
  }
  if (!isGlob(path))
    throw new GatewayError("invalid_request", `${asWritten}: there is no such file or folder`);
  const { base, match } = splitGlob(path);
  if (!existsSync(base))
    throw new GatewayError("invalid_request", `${asWritten}: there is no folder ${base}`);
  folders.push({ path: base, match, id: "{path}", watch: true });
}

/** True for a folder that is one Zarr store or array, or one Icechunk repository, not a folder of datasets. */
export function isStore(path: string): boolean {
  const has = (name: string): boolean => existsSync(join(path, name));
  return STORE_MARKS.some(has) || (has("snapshots") && (has("repo") || has("refs")));
}

/** By its name, so that nothing need be asked: what turns out to be a store is published as that one dataset. */
function isBucketFolder(location: string): boolean {
  if (!isBucketLocation(location)) return false;
  return /[*[{]/.test(location) || !KNOWN_EXTENSION.test(location.replace(/\/+$/, ""));
}

function nameInUrl(location: string): string {
  const url = new URL(location);
  const segment = url.pathname.split("/").findLast((part) => part !== "");
  return segment === undefined ? url.hostname : decodeURIComponent(segment);
}

function byId(configuration: Configuration, named: readonly NamedLocation[]): Configuration["datasets"] {
  const stems = named.map(({ name }) => idOf(stemOf(name)));
  const found = new Map<string, NamedLocation>();
  for (const [position, entry] of named.entries()) {
    const stem = stems[position] ?? "";
    const isShared =
      stems.indexOf(stem) !== stems.lastIndexOf(stem) || Object.hasOwn(configuration.datasets, stem);
    const id = isShared ? idOf(`${stem}-${extname(entry.name).slice(1) || "data"}`) : stem;
    const other = found.get(id)?.location ?? configuration.datasets[id]?.location;
    if (other !== undefined) {
      throw new GatewayError(
        "invalid_request",
        `${String(other)} and ${entry.location} would both be called "${id}"; name them in a configuration file`,
      );
    }
    found.set(id, entry);
  }
  return Object.fromEntries([...found].map(([id, { location }]) => [id, { location }]));
}

function stemOf(name: string): string {
  return name.replace(KNOWN_EXTENSION, "");
}

/** The name with every character replaced that a dataset id may not have. */
export function idOf(name: string): string {
  const id = name
    .replaceAll("/", ".")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .replace(/(\.zarr)+$/, "");
  return id === "" ? "data" : id;
}
