import { basename } from "node:path";
import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { IcechunkPinOptions } from "@zarr-gateway/sources";
import { compileGlob, isGlob, splitGlob } from "./glob.ts";
import { localPath, locationUrl, storedAt } from "./location.ts";
import type { DatasetOptions } from "./options.ts";
import { type PublishServices, policyOf, publishedAs } from "./publish-policy.ts";
import { scanFolder } from "./scan-folder.ts";

/** Finds the format of a location out, unless it is given, and opens it; reads nothing outside `allow`. */
export type LocationOpener = (request: LocationRequest, options: CallOptions) => Promise<Dataset>;
export interface LocationRequest {
  readonly location: URL;
  readonly format?: string;
  readonly allow: readonly URL[];
  /** What of an Icechunk repository is wanted. */
  readonly pin?: IcechunkPinOptions;
}

/** Keys that are part of the configuration, but not of this version: refused by name rather than ignored. */
const LATER_KEYS = ["combine"] as const;

export interface OpenConfiguredOptions extends CallOptions {
  readonly openLocation: LocationOpener;
  /** `sources.allow`; the location itself where absent. */
  readonly allow: readonly URL[] | undefined;
  /** Prefixes of `sources.credentials`. */
  readonly credentials: readonly string[];
  readonly services?: PublishServices;
}

/**
 * Opens a dataset of the configuration and publishes it as told there.
 * @throws GatewayError unsupported for what this version cannot do yet
 */
export async function openConfigured(
  dataset: DatasetOptions,
  options: OpenConfiguredOptions,
): Promise<Dataset> {
  for (const key of LATER_KEYS) if (dataset[key] !== undefined) throw notAvailable(`"${key}"`);
  const location = await oneLocation(dataset.location, options);
  if (options.credentials.some((prefix) => location.href.startsWith(prefix)))
    throw notAvailable('"sources.credentials"');
  const { group, variables, chunks, compressor, attributes } = dataset;
  const request = {
    location,
    allow: options.allow ?? [storedAt(location)],
    ...formatAndPin(dataset),
  };
  const opened = await options.openLocation(request, { signal: options.signal });
  try {
    return publishedAs(opened, policyOf(dataset), options.services);
  } catch (error) {
    await opened.close?.();
    throw error;
  }
}

/** Only repositories have branches, tags and snapshots: with one of them nothing else is looked for. */
function formatAndPin({
  format,
  branch,
  tag,
  snapshot,
}: DatasetOptions): Pick<LocationRequest, "format" | "pin"> {
  const isPinned = branch !== undefined || tag !== undefined || snapshot !== undefined;
  if (isPinned) return { format: "icechunk", pin: { branch, tag, snapshot } };
  return format === undefined ? {} : { format };
}

/** A list or glob may name a single file; several would have to be combined. */
async function oneLocation(location: string | readonly string[], options: CallOptions): Promise<URL> {
  if (typeof location !== "string") {
    const [only, another] = location;
    if (only === undefined || another !== undefined)
      throw notAvailable('a dataset of several files ("combine")');
    return oneLocation(only, options);
  }
  const path = localPath(location);
  if (path === undefined || !isGlob(path)) return locationUrl(location);
  const { base, match } = splitGlob(path);
  const found = await scanFolder(base, { isMatch: compileGlob(match), signal: options.signal });
  const [only, another] = found;
  if (only === undefined) throw new GatewayError("upstream", `no file fits "${basename(base)}/${match}"`);
  if (another !== undefined) {
    throw new GatewayError(
      "unsupported",
      `"${match}" fits ${found.length} files: "combine" is not available yet`,
    );
  }
  return locationUrl(`${base === "/" ? "" : base}/${only.path}`);
}

function notAvailable(what: string): GatewayError {
  return new GatewayError("unsupported", `${what} is not available yet`);
}
