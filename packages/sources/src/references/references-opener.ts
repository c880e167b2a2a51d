import { pathToFileURL } from "node:url";
import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Opener } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import {
  isStoreLocation,
  locationName,
  type OpenStoreOptions,
  openAccess,
  openStore,
  parentLocation,
} from "@zarr-gateway/stores";
import type { TargetOptions } from "../open-targets.ts";
import { openJsonReferences } from "./json/json-references.ts";
import type { ReferenceLimits } from "./limits.ts";
import { openReferences } from "./open-references.ts";
import { openParquetReferences } from "./parquet/parquet-references.ts";
import type { ReferenceSet } from "./reference.ts";

export interface ReferencesOpenerOptions {
  readonly stores: OpenStoreOptions;
  readonly coder: ChunkCoder;
  /** Where targets may lie; what `stores` allow, and the folder of the set, where absent. */
  readonly targets?: TargetOptions;
  readonly limits?: Partial<ReferenceLimits>;
}

const PREFIXES = ["reference::", "kerchunk+"];
const JSON_NAME = /\.json(\.zstd?)?$/i;
const PARQUET_NAME = /\.parq(uet)?$/i;

/**
 * Opens kerchunk reference sets: `.json` and `.json.zst` files, folders `.parq` and `.parquet`, and both of any name at
 * `reference::…` or `kerchunk+…`, where what is no JSON by name is a folder unless it is a file.
 */
export function referencesOpener(options: ReferencesOpenerOptions): Opener {
  return {
    format: "kerchunk",
    accepts: (location) =>
      PREFIXES.some((prefix) => location.href.startsWith(prefix)) ||
      (isStoreLocation(location) &&
        [JSON_NAME, PARQUET_NAME].some((name) => name.test(trimmedPath(location)))),
    async open(location, call = {}) {
      const root = referencesLocation(location);
      const { folder, allow } = besideSet(root);
      const stores = { ...options.stores, allow: [...options.stores.allow, ...allow] };
      const targets = options.targets ?? {
        allow: stores.allow,
        openAccess: (target: URL, targetCall?: CallOptions) =>
          openAccess(target, { ...stores, ...targetCall }),
      };
      const set = await openSet(root, options, call);
      try {
        const name = locationName(root).replace(JSON_NAME, "").replace(PARQUET_NAME, "") || "data";
        const { coder, limits } = options;
        return openReferences(set, { coder, targets, folder, name, ...(limits && { limits }) });
      } catch (error) {
        await set.close?.();
        throw error;
      }
    },
  };
}

/** A folder at the very top of this machine's files would be all of them: targets there have to be allowed by name. */
function besideSet(root: URL): { readonly folder: URL; readonly allow: readonly URL[] } {
  const folder = parentLocation(root).parent;
  return { folder, allow: folder.protocol === "file:" && folder.pathname === "/" ? [] : [folder] };
}

/** Where a set lies, without the words that say that it is one. @throws GatewayError invalid_request when that is no address */
export function referencesLocation(location: URL): URL {
  const prefix = PREFIXES.find((candidate) => location.href.startsWith(candidate));
  if (prefix === undefined) return location;
  const rest = location.href.slice(prefix.length);
  if (rest.startsWith("/")) return pathToFileURL(decodeURI(rest));
  if (URL.canParse(rest)) return new URL(rest);
  throw new GatewayError("invalid_request", `after "${prefix}" an address or an absolute path is expected`);
}

async function openSet(
  location: URL,
  { stores, limits }: ReferencesOpenerOptions,
  { signal }: CallOptions,
): Promise<ReferenceSet> {
  const options = { signal, ...(limits && { limits }) };
  if (!JSON_NAME.test(trimmedPath(location))) {
    const set = await openFolder(location, stores, options);
    if (set) return set;
  }
  const access = await openAccess(location, { ...stores, signal });
  try {
    return await openJsonReferences(access, options);
  } catch (error) {
    await access.close?.();
    throw error;
  }
}

/** Undefined where there is no folder with metadata. */
async function openFolder(
  location: URL,
  stores: OpenStoreOptions,
  options: Parameters<typeof openParquetReferences>[1],
): Promise<ReferenceSet | undefined> {
  const store = openStore(location, stores);
  try {
    const isFolder = (await store.stat(".zmetadata", { signal: options?.signal })) !== undefined;
    if (isFolder) return await openParquetReferences(store, options);
  } catch (error) {
    await store.close?.();
    throw error;
  }
  await store.close?.();
  return undefined;
}

function trimmedPath(location: URL): string {
  return location.pathname.replace(/\/+$/, "");
}
