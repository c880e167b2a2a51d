import { isIP } from "node:net";
import type { DatasetOrigin, OriginBucket, Origins } from "@zarr-gateway/plugin";
import { isAddressAllowed } from "@zarr-gateway/primitives";
import { credentialsFor, credentialsKind, type StoreCredentials } from "@zarr-gateway/stores";
import { type FolderIndex, locationOf } from "./folder-index.ts";
import { isGlob } from "./glob.ts";
import { locationUrl, storedAt } from "./location.ts";
import type { DatasetOptions } from "./options.ts";

export interface DatasetOriginsOptions {
  readonly datasets: Readonly<Record<string, DatasetOptions>>;
  readonly folders: Pick<FolderIndex, "byId">;
  readonly credentials: readonly StoreCredentials[];
}

/** A dataset of more files is told by none of them. */
const MAX_LOCATIONS = 20;

/** Where datasets lie, by what the configuration says alone: nothing is looked at. */
export function datasetOrigins({ datasets, folders, credentials }: DatasetOriginsOptions): Origins {
  const locationsOf = (id: string): readonly URL[] => {
    const configured = Object.hasOwn(datasets, id) ? datasets[id] : undefined;
    const found = folders.byId.get(id);
    if (configured === undefined) return found === undefined ? [] : [locationOf(found)];
    const locations = [configured.location].flat();
    return locations.length > MAX_LOCATIONS || locations.some(isGlob) ? [] : locations.map(locationUrl);
  };
  return {
    of: (id) => locationsOf(id).flatMap((location) => originOf(storedAt(location), credentials) ?? []),
    at(location) {
      const url = URL.parse(location);
      return url === null ? undefined : originOf(url, credentials);
    },
  };
}

function originOf(location: URL, credentials: readonly StoreCredentials[]): DatasetOrigin | undefined {
  const kind = credentialsKind(location);
  // what stands in a user name, a password or a query may be a key
  if (kind === undefined || location.password !== "" || location.search !== "") return undefined;
  if (kind === "http") {
    if (location.username !== "") return undefined;
    const isOpen = credentialsFor("http", location, credentials) === undefined;
    return { href: withoutFragment(location), isPublic: isOpen && isOnInternet(location.hostname) };
  }
  const bucket = bucketOf(kind, location, credentials);
  const isReachable = bucket.endpoint === undefined || isOnInternet(new URL(bucket.endpoint).hostname);
  const path = location.pathname.replace(/^\//, "");
  const scheme = { s3: "s3", azure: "az", google: "gs" }[kind];
  return { href: `${scheme}://${bucket.name}/${path}`, isPublic: bucket.anonymous && isReachable, bucket };
}

function withoutFragment(location: URL): string {
  const url = new URL(location);
  url.hash = "";
  return url.href;
}

function bucketOf(
  kind: "s3" | "azure" | "google",
  location: URL,
  credentials: readonly StoreCredentials[],
): OriginBucket {
  const isAbfs = /^abfss?:$/.test(location.protocol);
  const name = isAbfs && location.username !== "" ? location.username : location.hostname;
  if (kind === "s3") {
    const { anonymous, endpoint, region } = credentialsFor("s3", location, credentials) ?? {};
    return {
      service: "s3",
      name,
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint: new URL(endpoint).origin }),
      anonymous: anonymous === true,
    };
  }
  if (kind === "google") {
    const { anonymous, endpoint } = credentialsFor("google", location, credentials) ?? {};
    return {
      service: "google",
      name,
      ...(endpoint !== undefined && { endpoint: new URL(endpoint).origin }),
      anonymous: anonymous === true,
    };
  }
  const { anonymous, account, endpoint } = credentialsFor("azure", location, credentials) ?? {};
  const inHost = isAbfs && location.username !== "" ? location.hostname.split(".")[0] : undefined;
  const known = account ?? inHost;
  return {
    service: "azure",
    name,
    ...(known !== undefined && { account: known }),
    ...(endpoint !== undefined && { endpoint: new URL(endpoint).origin }),
    anonymous: anonymous === true,
  };
}

/** By its name alone: a name that only some network knows, or an address of one, says nothing to everybody. */
function isOnInternet(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) !== 0) return isAddressAllowed(address, "unnamed");
  return (
    hostname.includes(".") &&
    !/\.(local|localhost|internal|intranet|lan|home|corp|test|invalid|arpa)\.?$/i.test(hostname)
  );
}
