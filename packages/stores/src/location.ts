import { fileURLToPath } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";

const PROTOCOLS: ReadonlySet<string> = new Set([
  "file:",
  "http:",
  "https:",
  "s3:",
  "az:",
  "abfs:",
  "abfss:",
  "gs:",
]);

/** True for the protocols that `openStore` knows. */
export function isStoreLocation({ protocol }: URL): boolean {
  return PROTOCOLS.has(protocol);
}

/**
 * True when the location is the prefix itself or lies below it; queries do not count. A prefix `https://*.example.org/`
 * stands for every host whose name ends so.
 */
export function isBelow(location: URL, prefix: URL): boolean {
  if (location.protocol !== prefix.protocol) return false;
  if (!isNamedBy(location, prefix) && !fitsPattern(location, prefix)) return false;
  const path = spelling(location.pathname);
  const start = spelling(prefix.pathname);
  return path === start || `${path}/` === start || path.startsWith(start.endsWith("/") ? start : `${start}/`);
}

/** True when the prefix names the location's very host, and its container where that stands before the host. */
export function isNamedBy(location: URL, prefix: URL): boolean {
  if (location.protocol !== prefix.protocol || location.host !== prefix.host) return false;
  return !/^abfss?:$/.test(location.protocol) || location.username === prefix.username;
}

/** @throws GatewayError forbidden when the location lies outside all allowed prefixes */
export function assertAllowed(location: URL, allow: readonly URL[]): void {
  if (!allow.some((prefix) => isBelow(location, prefix))) {
    throw new GatewayError("forbidden", "the location lies outside the allowed ones (sources.allow)", {
      protocol: location.protocol,
      host: location.host,
    });
  }
}

/** The last part of a location's path, decoded: what a person calls the file or folder. */
export function locationName(location: URL): string {
  const parts = location.pathname.split("/").filter((part) => part !== "");
  const last = parts.at(-1);
  return last === undefined ? location.host : decodeURIComponent(last);
}

/** A location one level up, and the name there. */
export function parentLocation(location: URL): { readonly parent: URL; readonly name: string } {
  const trimmed = new URL(location);
  trimmed.pathname = trimmed.pathname.replace(/\/+$/, "");
  return { parent: new URL(`.${trimmed.search}`, trimmed), name: locationName(location) };
}

/** The folder of the same name below a location, or a file there: every part of the key is escaped. */
export function locationBelow(location: URL, key: string): URL {
  const url = new URL(location);
  const folder = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  url.pathname = folder + key.split("/").map(encodeURIComponent).join("/");
  return url;
}

/** @throws GatewayError invalid_request when it is not the address of a file of this machine */
export function filePath(location: URL): string {
  try {
    return fileURLToPath(location);
  } catch (error) {
    throw new GatewayError("invalid_request", "the file location is not a path of this machine", {}, error);
  }
}

/** At least one label stands for the star; without a host's name behind it a star stands for nothing. */
function fitsPattern({ protocol, host }: URL, { host: pattern }: URL): boolean {
  if (!/^https?:$/.test(protocol)) return false;
  return /^\*\.[^.*]+\./.test(pattern) && host.length > pattern.length - 1 && host.endsWith(pattern.slice(1));
}

/** One spelling per path: `%41` and `A` are the same; `%2F` stays, because it is not a separator. */
function spelling(pathname: string): string {
  return pathname
    .split("/")
    .map((part) => {
      try {
        return encodeURIComponent(decodeURIComponent(part));
      } catch {
        return part; // not UTF-8: compared as it is
      }
    })
    .join("/");
}
