import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import { type ByteStore, type OpenStoreOptions, openAccess, openStore } from "@zarr-gateway/stores";
import { signatureOf } from "./file-signature.ts";
import { isIcechunkRepository } from "./icechunk/repository.ts";

/** What lies at a location. */
export interface DetectedFormat {
  /** Undefined for anything else. */
  readonly format: "zarr" | "netcdf" | "kerchunk" | "icechunk" | undefined;
  /** For a person: `a GRIB file`. */
  readonly description: string;
}

/** Names of a folder that are looked at to say what it is. */
const MAX_LISTED = 1000;
const ZARR_MARKERS = ["zarr.json", ".zmetadata", ".zgroup", ".zarray"] as const;

/**
 * Judges by content: metadata of Zarr below the location, or the first bytes of the file there.
 * @throws GatewayError upstream when nothing is there or it cannot be read, forbidden when it may not be read
 */
export async function detectFormat(
  location: URL,
  options: OpenStoreOptions & CallOptions,
): Promise<DetectedFormat> {
  // a Zarr store first: a web server may answer with a page where a folder is asked for as a file
  const folder = await detectFolder(location, options);
  if (folder) return folder;
  try {
    return await detectFile(location, options);
  } catch (error) {
    const isEmptyFolder =
      location.protocol === "file:" && isGatewayError(error) && error.details["absent"] === true;
    if (isEmptyFolder) return { format: undefined, description: "an empty folder" };
    throw error;
  }
}

async function detectFolder(
  location: URL,
  options: OpenStoreOptions & CallOptions,
): Promise<DetectedFormat | undefined> {
  // fewer requests for each file of a web server whose name says what it is
  if (
    location.protocol !== "file:" &&
    /\.(nc\d?|cdf|netcdf|h5|hdf5?|json(\.zstd?)?)$/i.test(location.pathname)
  )
    return undefined;
  const store = openStore(location, options);
  try {
    for (const marker of ZARR_MARKERS) {
      const found = await store.stat(marker, options);
      if (!found) continue;
      if (marker === ".zmetadata" && (await isReferenceSet(store, location, options)))
        return { format: "kerchunk", description: "a kerchunk reference set in Parquet" };
      return { format: "zarr", description: `a Zarr store (${marker})` };
    }
    if (await isIcechunkRepository(store, options))
      return { format: "icechunk", description: "an Icechunk repository" };
    return location.protocol === "file:" ? await describeFolder(store, options) : undefined;
  } finally {
    await store.close?.();
  }
}

/** In reference sets the same document ends with the number of references in a file; of web servers the name decides whether to look. */
async function isReferenceSet(store: ByteStore, location: URL, { signal }: CallOptions): Promise<boolean> {
  if (location.protocol !== "file:" && !/\.parq(uet)?\/*$/i.test(location.pathname)) return false;
  const end = await store.get(".zmetadata", { range: { suffix: 200 }, signal });
  return /"record_size"\s*:\s*\d+\s*\}\s*$/.test(new TextDecoder("latin1").decode(end));
}

/** Undefined for a file, and for a folder with nothing in it. */
async function describeFolder(store: ByteStore, options: CallOptions): Promise<DetectedFormat | undefined> {
  const names = new Set<string>();
  for await (const name of store.list?.("", options) ?? []) {
    names.add(name);
    if (names.size === MAX_LISTED) break;
  }
  if (names.size === 0) return undefined;
  const isIcechunk = names.has("snapshots/") && (names.has("refs/") || names.has("repo"));
  if (isIcechunk) return { format: "icechunk", description: "a damaged Icechunk repository" };
  const description = `a folder that is no Zarr store (none of ${ZARR_MARKERS.join(", ")} is in it)`;
  return { format: undefined, description };
}

async function detectFile(location: URL, options: OpenStoreOptions & CallOptions): Promise<DetectedFormat> {
  const access = await openAccess(location, options);
  try {
    const { kind, description } = await signatureOf(access, options);
    // of all JSON documents only reference sets are data
    const format = kind === "json" ? "kerchunk" : kind === "other" ? undefined : "netcdf";
    return { format, description };
  } finally {
    await access.close?.();
  }
}
