import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { buildDataset } from "../zarr/build-dataset.ts";
import { assertNodePath, type ZarrArrayNode, type ZarrHierarchy } from "../zarr/hierarchy.ts";
import { parseNodeV3 } from "../zarr/hierarchy-v3.ts";
import { type JsonObject, parseObject } from "../zarr/read-document.ts";
import { ShardIndexes } from "../zarr/shard-indexes.ts";
import { damagedObject } from "./format/damaged-object.ts";
import { readSnapshot, type SnapshotNode, snapshotKey } from "./format/snapshot.ts";
import { ICECHUNK_LIMITS, type IcechunkLimits } from "./limits.ts";
import { snapshotHistory } from "./list-versions.ts";
import { ManifestCache } from "./manifest-cache.ts";
import { type IcechunkPinOptions, pinOf } from "./pin.ts";
import { ReferenceLookup } from "./reference-lookup.ts";
import { type IcechunkPin, openRepository } from "./repository.ts";
import { SessionStore } from "./session-store.ts";
import { type VirtualOptions, VirtualTargets } from "./virtual-targets.ts";

export interface OpenIcechunkOptions extends CallOptions, IcechunkPinOptions {
  readonly coder: ChunkCoder;
  /** Where the repository lies, for reference sets. */
  readonly location?: URL;
  /** Files of others that chunks may lie in; none where absent. */
  readonly virtual?: VirtualOptions;
  readonly limits?: Partial<IcechunkLimits>;
  /** Shared by the datasets of many repositories; needs `location`, an own one where absent. */
  readonly manifests?: ManifestCache;
  /** Name of the variable where the repository is a single array. */
  readonly name?: string;
}

/**
 * One snapshot of an Icechunk repository as a dataset; closing the dataset closes the store.
 * @throws GatewayError not_found when there is no such branch, tag or snapshot, upstream when the repository is damaged
 */
export async function openIcechunk(store: ByteStore, options: OpenIcechunkOptions): Promise<Dataset> {
  const { coder, location, signal } = options;
  const limits = { ...ICECHUNK_LIMITS, ...options.limits };
  const pin = pinOf(options);
  const repository = await openRepository(store, limits, { signal });
  const { snapshot: id, namedBy } = await repository.resolve(pin, { signal });
  const snapshot = await readSnapshot(store, id, { namedBy, maxBytes: limits.maxSnapshotBytes, signal });
  const nodes = snapshot.nodes(limits.maxNodes);
  const manifests = (location && options.manifests) ?? new ManifestCache(limits);
  const session = new SessionStore({
    store,
    references: new ReferenceLookup(nodes, {
      store,
      manifests,
      repository: location?.href ?? "",
      snapshot: snapshotKey(id),
    }),
    targets: new VirtualTargets(options.virtual, (name) => repository.containerPrefix(name)),
    location,
  });
  const context = {
    store: session,
    coder,
    indexes: new ShardIndexes({ store: session }),
    locate: (key: string, call?: CallOptions) => session.locate(key, call),
  };
  return {
    ...buildDataset(hierarchyOf(nodes, snapshotKey(id), limits), context, options.name ?? "data"),
    version: id,
    immutable: !("branch" in pin),
    format: "icechunk",
    isCurrent: async (call = {}) =>
      !("branch" in pin) ||
      (await repository.isUntouched(call)) ||
      (await isAt(store, { pin, id, limits }, call)),
    repository: async (call) => ({
      snapshot: id,
      ...("branch" in pin && { branch: pin.branch }),
      ...("tag" in pin && { tag: pin.tag }),
      chunkPlaces: await repository.chunkPlaces(call),
    }),
    history: (call) => snapshotHistory(store, id, { ...call, limits }),
    close: () => session.close(),
  };
}

/** True while the branch is where it was. */
async function isAt(
  store: ByteStore,
  known: { readonly pin: IcechunkPin; readonly id: string; readonly limits: IcechunkLimits },
  options: CallOptions,
): Promise<boolean> {
  try {
    const repository = await openRepository(store, known.limits, options);
    return (await repository.resolve(known.pin, options)).snapshot === known.id;
  } catch (error) {
    if (isGatewayError(error) && error.code === "not_found") return false;
    throw error;
  }
}

/** The nodes as the reader of Zarr stores wants them. */
function hierarchyOf(nodes: readonly SnapshotNode[], key: string, limits: IcechunkLimits): ZarrHierarchy {
  const groups = new Map<string, JsonObject>();
  const arrays = new Map<string, ZarrArrayNode>();
  for (const { path, document, isArray } of nodes) {
    assertNodePath(path, key, limits);
    const place = path === "" ? "zarr.json" : `${path}/zarr.json`;
    const node = parseNodeV3(parseObject(document, place), place);
    if ((node.kind === "array") !== isArray)
      throw damagedObject(key, `"/${path}" is a group as well as an array`);
    if (node.kind === "array") arrays.set(path, node.array);
    else groups.set(path, node.attrs);
  }
  return { zarrFormat: 3, groups, arrays, documents: [], absent: [], listed: new Map() };
}
