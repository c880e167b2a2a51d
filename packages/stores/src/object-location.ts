import { GatewayError } from "@zarr-gateway/primitives";

/** Where an object store's address points: `s3://bucket/folder`, `az://container/folder`. */
export interface ObjectLocation {
  /** Bucket or container. */
  readonly container: string;
  /** What stands before each key: "" or "folder/". */
  readonly folder: string;
}

/** S3, Azure and Google agree on this much; S3's older names have upper case and "_". */
const CONTAINER = /^[A-Za-z0-9$][A-Za-z0-9._-]{1,221}$/;
/** Longest key of S3 and Google, in bytes; Azure counts characters. */
const MAX_KEY_BYTES = 1024;

/**
 * The parts of an object store's address; `%41` in it is an A.
 * @throws GatewayError invalid_request when it has a query, a port, a password, or no bucket
 */
export function objectLocation(location: URL): ObjectLocation {
  const problem = objectLocationProblem(location);
  if (problem !== undefined) {
    throw new GatewayError("invalid_request", problem, { protocol: location.protocol });
  }
  const folder = (decodedPath(location) ?? "").replace(/^\/|\/+$/g, "");
  return { container: containerOf(location), folder: folder === "" ? "" : `${folder}/` };
}

/** Why no store can be opened at an address, before any is asked; undefined when one may be there. */
export function objectLocationProblem(location: URL): string | undefined {
  const { protocol, search, hash, port, username, password } = location;
  const isContainerLast = username !== "" && !isAbfs(location);
  const container = containerOf(location);
  if ([search, hash, port, password].some((part) => part !== "") || isContainerLast || container === "") {
    return `expected ${protocol}//<bucket>/<path> without query, port or password; a "?" or "#" of a name is written %3F or %23`;
  }
  if (!CONTAINER.test(container)) {
    return `"${container}" cannot be a bucket: expected 2 to 222 letters, digits, ".", "-" and "_"`;
  }
  return decodedPath(location) === undefined ? 'a "%" in a location is written %25' : undefined;
}

function containerOf(location: URL): string {
  return isAbfs(location) && location.username !== "" ? location.username : location.hostname;
}

function isAbfs({ protocol }: URL): boolean {
  return /^abfss?:$/.test(protocol);
}

function decodedPath({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined; // URIError: not percent-encoded UTF-8
  }
}

/** The key of an object in its bucket; undefined where it is longer than any that a store has. */
export function objectKey({ folder }: ObjectLocation, key: string): string | undefined {
  const whole = folder + key;
  return Buffer.byteLength(whole) > MAX_KEY_BYTES ? undefined : whole;
}
