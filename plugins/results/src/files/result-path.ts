import { GatewayError } from "@zarr-gateway/primitives";
import { isStoreKey } from "@zarr-gateway/stores";

/**
 * A path that a client named, below the folder of the results; a slash at its end is dropped.
 * undefined: no file has such a name. "" is the folder itself.
 * @throws GatewayError forbidden for what leads out of the folder
 */
export function resultPath(asked: string): string | undefined {
  const parts = asked.split(/[/\\]/);
  if (parts.includes("..") || asked.startsWith("/") || asked.includes("\0"))
    throw new GatewayError("forbidden", "the path leads out of the results");
  const path = asked.replace(/\/+$/, "");
  if (path === "" || path === ".") return "";
  return isStoreKey(path) ? path : undefined;
}
