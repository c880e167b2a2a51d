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
  const isAbfs = /^abfss?:$/.test(location.protocol);
  const container = isAbfs && location.username !== "" ? location.username : location.hostname;
  const hasMore =
    location.search !== "" || location.hash !== "" || location.port !== "" || location.password !== "";
  const isContainerLast = location.username !== "" && !isAbfs;
  if (hasMore || isContainerLast || !CONTAINER.test(container)) {
    throw new GatewayError(
      "invalid_request",
      `expected ${location.protocol}//<bucket>/<path> without query, port or password; a "?" or "#" of a name is written %3F or %23`,
      { protocol: location.protocol },
    );
  }
  let path: string;
  try {
    path = decodeURIComponent(location.pathname);
  } catch (error) {
    throw new GatewayError("invalid_request", `a "%" in a location is written %25`, {}, error);
  }
  const folder = path.replace(/^\/|\/+$/g, "");
  return { container, folder: folder === "" ? "" : `${folder}/` };
}

/** The key of an object in its bucket; undefined where it is longer than any that a store has. */
export function objectKey({ folder }: ObjectLocation, key: string): string | undefined {
  const whole = folder + key;
  return Buffer.byteLength(whole) > MAX_KEY_BYTES ? undefined : whole;
}
