import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { locationPattern, locationUrl, storedAt } from "./location.ts";
import type { LocationOpener, LocationRequest } from "./location-request.ts";
import { locationEntry, type MemberLister } from "./member-locations.ts";
import { afterCombining, type CombineServices, openCombined } from "./open-combined.ts";
import type { DatasetOptions } from "./options.ts";
import { type PublishServices, policyOf, publishedAs } from "./publish-policy.ts";

export interface OpenConfiguredOptions extends CallOptions {
  readonly openLocation: LocationOpener;
  /** `sources.allow`; the location itself where absent. */
  readonly allow: readonly URL[] | undefined;
  readonly services?: PublishServices;
  /** What datasets of several files need. */
  readonly combine?: CombineServices;
  readonly listMembers: MemberLister;
}

/**
 * Opens a dataset of the configuration and publishes it as told there.
 * @throws GatewayError unsupported for what this version cannot do yet
 */
export async function openConfigured(
  dataset: DatasetOptions,
  options: OpenConfiguredOptions,
): Promise<Dataset> {
  const location = await oneLocation(dataset, options);
  if (location === "several") return openSeveral(dataset, options);
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

/** Several files as one dataset: those of a list or glob, and whatever is to be combined. */
async function openSeveral(dataset: DatasetOptions, options: OpenConfiguredOptions): Promise<Dataset> {
  if (options.combine === undefined) throw notAvailable("a dataset of several files");
  const opened = await openCombined(dataset, { ...options, ...options.combine });
  try {
    return publishedAs(opened, policyOf(afterCombining(dataset)), options.services);
  } catch (error) {
    await opened.close?.();
    throw error;
  }
}

/** A list or glob may name a single file, which needs no combining. */
async function oneLocation(
  { location, combine }: DatasetOptions,
  { listMembers, signal }: OpenConfiguredOptions,
): Promise<URL | "several"> {
  const [only = "", another] = [location].flat();
  if (combine !== undefined || another !== undefined) return "several";
  if (locationPattern(only) === undefined) return locationUrl(only);
  const [found, second] = await listMembers([locationEntry(only, false)], { signal });
  return found === undefined || second !== undefined ? "several" : locationUrl(found.id);
}

function notAvailable(what: string): GatewayError {
  return new GatewayError("unsupported", `${what} is not available yet`);
}
