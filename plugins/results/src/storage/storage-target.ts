import { GatewayError } from "@zarr-gateway/primitives";

/** A place in an object store, taken apart so that places are compared by their parts and never as text. */
export interface StorageTarget {
  readonly service: "s3" | "azure" | "google";
  /** Of Azure, where the address names it. */
  readonly account?: string;
  /** Bucket or container; absent only in what is allowed, where it stands for all of an account. */
  readonly container?: string;
  /** Folders below it. */
  readonly folders: readonly string[];
}

/** The only host of a request's Azure account; other clouds are named by the configuration as abfss:// locations. */
const BLOB_HOST = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/;
const DFS_HOST = /^([a-z0-9]{3,24})\.(?:dfs|blob)\.core\.windows\.net$/;
const CONTAINER = /^[a-z0-9$][a-z0-9.-]{1,61}[a-z0-9]$/;
const SERVICES: Readonly<Record<string, StorageTarget["service"]>> = {
  "s3:": "s3",
  "gs:": "google",
  "az:": "azure",
};

/** @throws GatewayError invalid_request for what is no place of an object store */
export function parseTarget(text: string): StorageTarget {
  const target = parsed(text);
  if (target.container === undefined) throw refused("the address names no container");
  return target;
}

/** As a target, or a whole account: `https://<account>.blob.core.windows.net/`. */
export function parseAllowed(text: string): StorageTarget {
  return parsed(text);
}

/** Where results may be stored: the place of every job needs no second mention. */
export function allowedPlaces(places: {
  readonly allow: readonly string[];
  readonly default: string | null;
}): readonly StorageTarget[] {
  return [...places.allow, ...(places.default === null ? [] : [places.default])].map(parseAllowed);
}

function parsed(text: string): StorageTarget {
  const url = URL.parse(text);
  if (url === null || url.port !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw refused(
      "expected s3://bucket/folder/, gs://…, az://… or https://<account>.blob.core.windows.net/<container>",
    );
  const parts = foldersOf(url);
  if (url.protocol === "https:") return ofBlobUrl(url, parts);
  if (/^abfss?:$/.test(url.protocol)) return ofAbfs(url, parts);
  const service = SERVICES[url.protocol];
  if (service === undefined || url.username !== "") throw refused("expected s3:, gs:, az:, abfss: or https:");
  return { service, container: containerOf(url.hostname), folders: parts };
}

function ofBlobUrl({ hostname, username }: URL, [container, ...folders]: readonly string[]): StorageTarget {
  const account = BLOB_HOST.exec(hostname)?.[1];
  if (account === undefined || username !== "")
    throw refused("the host of a container is <account>.blob.core.windows.net");
  return {
    service: "azure",
    account,
    ...(container !== undefined && { container: containerOf(container) }),
    folders,
  };
}

function ofAbfs({ hostname, username }: URL, folders: readonly string[]): StorageTarget {
  const account = DFS_HOST.exec(hostname)?.[1];
  if (account === undefined || username === "")
    throw refused("expected abfss://<container>@<account>.dfs.core.windows.net/<folder>");
  return { service: "azure", account, container: containerOf(username), folders };
}

function containerOf(name: string): string {
  if (CONTAINER.test(name)) return name;
  throw refused("the name of a bucket or container has 3 to 63 lower-case letters, digits, dots and hyphens");
}

function foldersOf({ pathname }: URL): readonly string[] {
  const parts = pathname.split("/").filter((part) => part !== "");
  return parts.map((part) => {
    const decoded = decoding(part);
    if (decoded === undefined || decoded === "." || decoded === ".." || /[/\\\p{Cc}]/u.test(decoded))
      throw refused("a folder of the address is not one plain name");
    return decoded;
  });
}

function decoding(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // URIError
  }
}

/** True where a target lies in a place that is allowed, part by part. */
export function isWithin(target: StorageTarget, place: StorageTarget): boolean {
  if (target.service !== place.service || target.account !== place.account) return false;
  if (place.container !== undefined && place.container !== target.container) return false;
  return place.folders.every((folder, position) => target.folders[position] === folder);
}

/** Folders below a target. */
export function below(target: StorageTarget, folders: readonly string[]): StorageTarget {
  return { ...target, folders: [...target.folders, ...folders] };
}

/** The location that stores and their credentials know, with a slash at its end. */
export function locationOf({ service, account, container = "", folders }: StorageTarget): URL {
  const path = folders.map((folder) => `${encodeURIComponent(folder)}/`).join("");
  if (service === "azure" && account !== undefined)
    return new URL(`abfss://${container}@${account}.dfs.core.windows.net/${path}`);
  return new URL(`${{ s3: "s3", azure: "az", google: "gs" }[service]}://${container}/${path}`);
}

/** As Earth2Studio's server writes it. */
export function remotePath({ service, container = "", folders }: StorageTarget): string {
  return `${{ s3: "s3", azure: "azure", google: "gs" }[service]}://${[container, ...folders].join("/")}`;
}

function refused(problem: string): GatewayError {
  return new GatewayError("invalid_request", `the place to store results: ${problem}`);
}
