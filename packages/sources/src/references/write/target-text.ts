import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";

/** How a written set spells where a chunk lies. */
export type FormatTarget = (location: URL) => string;

/**
 * As kerchunk does: absolute paths for files of this machine, addresses for all others. In fsspec only addresses of web
 * servers are percent-encoded.
 */
export function absoluteTarget(location: URL): string {
  switch (location.protocol) {
    case "file:":
      return fileURLToPath(location);
    case "http:":
    case "https:":
      return location.href;
    default:
      return `${location.protocol}//${location.host}${decodeURIComponent(location.pathname)}`;
  }
}

const REMOTE = ["http:", "https:", "s3:", "gs:", "az:", "abfs:"];

/**
 * For readers elsewhere: addresses of servers that they may reach themselves, without keys.
 * @throws GatewayError forbidden for a file of this machine, and for an address with a key in it
 */
export function publicTarget(location: URL): string {
  if (!REMOTE.includes(location.protocol)) {
    throw new GatewayError(
      "forbidden",
      "the chunks lie in files of this server, which nobody can read from elsewhere: take the references to the server's own chunks",
    );
  }
  if (location.username !== "" || location.password !== "" || location.search !== "")
    throw new GatewayError("forbidden", "the addresses of the chunks hold a key, which is not given away");
  return absoluteTarget(location);
}

/**
 * Paths relative to the folder that the set will lie in, for what lies below it; absolute for the rest. This project
 * and VirtualiZarr understand them from there, fsspec from its own working folder.
 */
export function relativeTarget(folder: URL): FormatTarget {
  const base = folder.pathname.endsWith("/") ? folder.pathname : `${folder.pathname}/`;
  return (location) => {
    const isBelow =
      location.protocol === folder.protocol &&
      location.host === folder.host &&
      location.pathname.startsWith(base);
    return isBelow ? decodeURIComponent(posix.relative(base, location.pathname)) : absoluteTarget(location);
  };
}
