import type { Dataset, Opener } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { OpenStoreOptions } from "@zarr-gateway/stores";
import { detectFormat } from "./detect-format.ts";

export interface OpenLocationOptions extends CallOptions {
  /** In order of preference. */
  readonly openers: readonly Opener[];
  readonly stores: OpenStoreOptions;
  /** The word of an opener's `format`; found out where absent. */
  readonly format?: string;
}

/**
 * What lies at a location as a dataset.
 * @throws GatewayError unsupported, saying what was found, where no opener knows it; what the opener throws otherwise
 */
export async function openLocation(location: URL, options: OpenLocationOptions): Promise<Dataset> {
  const opener = await chooseOpener(location, options);
  return opener.open(location, { signal: options.signal });
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
