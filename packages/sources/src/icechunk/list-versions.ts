import type { DatasetVersion, HistoryOptions } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { missingObject } from "./format/damaged-object.ts";
import { snapshotKey } from "./format/snapshot.ts";
import { ICECHUNK_LIMITS, type IcechunkLimits } from "./limits.ts";
import { type IcechunkPinOptions, pinOf } from "./pin.ts";
import { type IcechunkRepository, openRepository, type ResolvedPin } from "./repository.ts";

/** A state that the repository was in. */
export interface IcechunkVersion extends DatasetVersion {
  readonly parent: string | undefined;
}

export interface ListVersionsOptions extends CallOptions, IcechunkPinOptions {
  readonly maxVersions?: number;
  readonly limits?: Partial<IcechunkLimits>;
}

/** Version 1 of the format keeps history in the snapshots, so that each entry costs a read. */
const MAX_VERSIONS = 1000;

/**
 * The history of a branch, tag or snapshot, newest first, back to the first or as far as allowed.
 * @throws GatewayError not_found when there is no such branch, tag or snapshot, upstream when the repository is damaged
 */
export async function listVersions(
  store: ByteStore,
  options: ListVersionsOptions = {},
): Promise<IcechunkVersion[]> {
  const { signal, maxVersions = MAX_VERSIONS } = options;
  const repository = await openRepository(store, { ...ICECHUNK_LIMITS, ...options.limits }, { signal });
  const from = await repository.resolve(pinOf(options), { signal });
  return versionsFrom(repository, from, { limit: maxVersions, signal });
}

/**
 * The history of a snapshot that is open, with the branches and tags as they are now.
 * @throws GatewayError upstream when the repository no longer has it, or is damaged
 */
export async function snapshotHistory(
  store: ByteStore,
  id: string,
  options: HistoryOptions & { readonly limits: IcechunkLimits },
): Promise<IcechunkVersion[]> {
  const repository = await openRepository(store, options.limits, { signal: options.signal });
  const versions = await versionsFrom(repository, { snapshot: id, namedBy: "the dataset" }, options);
  if (versions.length === 0 && options.limit > 0) throw missingObject(snapshotKey(id), "the dataset");
  return versions;
}

async function versionsFrom(
  repository: IcechunkRepository,
  from: ResolvedPin,
  { limit, signal }: HistoryOptions,
): Promise<IcechunkVersion[]> {
  const refs = Map.groupBy(await repository.refs({ signal }), ({ snapshot }) => snapshot);
  const versions: IcechunkVersion[] = [];
  for await (const version of repository.ancestry(from, { signal })) {
    const named = refs.get(version.id) ?? [];
    const namesOf = (kind: "branch" | "tag"): string[] =>
      named.filter((ref) => ref.kind === kind).map(({ name }) => name);
    versions.push({ ...version, branches: namesOf("branch"), tags: namesOf("tag") });
    if (versions.length >= limit) break;
  }
  return versions;
}
