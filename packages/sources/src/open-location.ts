import { type Dataset, groupAt, type Opener } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { OpenStoreOptions } from "@zarr-gateway/stores";
import { detectFormat } from "./detect-format.ts";

export interface OpenLocationOptions extends CallOptions {
  /** In order of preference. */
  readonly openers: readonly Opener[];
  readonly stores: OpenStoreOptions;
  /** The word of an opener's `format`; found out where absent. */
  readonly format?: string;
  /** Path of the group to be published as the root, `/` and nothing mean all. */
  readonly group?: string;
}

/**
 * What lies at a location as a dataset.
 * @throws GatewayError unsupported, saying what was found, where no opener knows it; what the opener throws otherwise
 */
export async function openLocation(location: URL, options: OpenLocationOptions): Promise<Dataset> {
  const opener = await chooseOpener(location, options);
  const dataset = await opener.open(location, { signal: options.signal });
  try {
    return subtree(dataset, options.group ?? "/");
  } catch (error) {
    await dataset.close?.();
    throw error;
  }
}

async function chooseOpener(location: URL, options: OpenLocationOptions): Promise<Opener> {
  const { openers, format, stores, signal } = options;
  const formats = [...new Set(openers.map((opener) => opener.format))].join(", ");
  if (format !== undefined) {
    const opener = openers.find((candidate) => candidate.format === format);
    if (opener) return opener;
    throw new GatewayError("unsupported", `no opener for the format "${format}", there are: ${formats}`);
  }
  const willing = openers.filter((opener) => opener.accepts(location));
  if (willing.length === 0) {
    throw new GatewayError(
      "unsupported",
      `nobody opens locations of the kind "${location.protocol}", formats: ${formats}`,
    );
  }
  // these two take any location, so only the content tells; openers of plugins know by the location
  const byLocation = willing.filter((opener) => opener.format !== "zarr" && opener.format !== "netcdf");
  if (byLocation.length === willing.length) return willing[0] as Opener; // not empty
  const found = await detectFormat(location, { ...stores, signal });
  const opener = openers.find((candidate) => candidate.format === found.format) ?? byLocation[0];
  if (opener) return opener;
  throw new GatewayError("unsupported", `${found.description} cannot be opened, formats: ${formats}`);
}

/** A group as if it were the root; what only the root has stays. */
function subtree(dataset: Dataset, group: string): Dataset {
  const path = group.split("/").filter((name) => name !== "");
  if (path.length === 0) return dataset;
  const found = groupAt(dataset, path);
  if (!found) {
    const known = [...dataset.groups.keys()].slice(0, 20).join(", ");
    throw new GatewayError(
      "not_found",
      `there is no group "${group}"; at the root there are: ${known || "none"}`,
    );
  }
  return { ...dataset, attrs: found.attrs, variables: found.variables, groups: found.groups };
}
