import { fileURLToPath, pathToFileURL } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";
import { parseIcechunkLocation, referencesLocation } from "@zarr-gateway/sources";

/** A scheme has two letters at least: one is a Windows drive. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

/** An absolute path or a URL, as a URL. */
export function locationUrl(location: string): URL {
  if (!SCHEME.test(location)) return pathToFileURL(location);
  const url = URL.parse(location);
  if (url === null) throw new GatewayError("invalid_request", `"${withoutSecrets(location)}" is not a URL`);
  return url;
}

/** Where bytes are read from: a location may say before it what lies there. */
export function storedAt(location: URL): URL {
  return location.protocol.startsWith("icechunk+")
    ? parseIcechunkLocation(location).root
    : referencesLocation(location);
}

/** The path of a local location; undefined for any other. */
export function localPath(location: string): string | undefined {
  if (!SCHEME.test(location)) return location;
  return /^file:/i.test(location) ? fileURLToPath(location) : undefined;
}

/** For messages: user, password and query hold keys. */
function withoutSecrets(location: string): string {
  return location.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");
}
