import { GatewayError } from "@zarr-gateway/primitives";
import { isBelow } from "@zarr-gateway/stores";
import { locationUrl, storedAt } from "./location.ts";
import type { DatasetsOptions } from "./options.ts";

/**
 * A configured location outside `sources.allow` could never be read: the configuration contradicts itself.
 * @throws GatewayError invalid_request naming the key
 */
export function assertAllowedLocations({ datasets, folders }: DatasetsOptions, allow: readonly URL[]): void {
  const check = (key: string, location: string): void => {
    if (allow.some((prefix) => isBelow(storedAt(locationUrl(location)), prefix))) return;
    throw new GatewayError("invalid_request", `${key}: not below any location of sources.allow`, { key });
  };
  for (const [id, { location }] of Object.entries(datasets)) {
    for (const one of [location].flat()) check(`datasets.${id}.location`, one);
  }
  for (const [position, { path }] of folders.entries()) check(`folders[${position}].path`, path);
}
