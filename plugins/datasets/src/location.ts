import { fileURLToPath, pathToFileURL } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";
import { parseIcechunkLocation, referencesLocation } from "@zarr-gateway/sources";
import { isGlob, splitGlob } from "./glob.ts";

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

const BUCKET = /^(s3|az|abfss?|gs):/i;

/** True for locations in object stores, which can list what they hold; web servers cannot. */
export function isBucketLocation(location: string): boolean {
  return BUCKET.test(location);
}

/** A folder, and what below it is meant. */
export interface LocationPattern {
  readonly folder: URL;
  readonly match: string;
}

/** A path or a location in a bucket that ends in a glob; undefined for any other. In buckets `?` is no wildcard: it begins a query. */
export function locationPattern(location: string): LocationPattern | undefined {
  const path = localPath(location);
  if (path !== undefined) {
    if (!isGlob(path)) return undefined;
    const { base, match } = splitGlob(path);
    return { folder: pathToFileURL(base), match };
  }
  const [, bucket, below] = /^([^:]+:\/\/[^/]*)\/(.*)$/.exec(location) ?? [];
  if (!isBucketLocation(location) || bucket === undefined || below === undefined) return undefined;
  const parts = below.split("/");
  const first = parts.findIndex((part) => /[*[{]/.test(part));
  if (first === -1) return undefined;
  const folder = locationUrl([bucket, ...parts.slice(0, first), ""].join("/"));
  return { folder, match: parts.slice(first).map(decodePattern).join("/") };
}

/** What is escaped means itself, also where it would be a wildcard. */
function decodePattern(part: string): string {
  return part.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped).replaceAll(/[*?[{},]/g, "[$&]");
    } catch (error) {
      throw new GatewayError("invalid_request", 'a "%" in a location is written %25', {}, error);
    }
  });
}

/** For messages: user, password and query hold keys. */
function withoutSecrets(location: string): string {
  return location.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");
}
