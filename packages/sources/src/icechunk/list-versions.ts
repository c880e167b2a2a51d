import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import type { SnapshotInfo } from "./format/repo-info.ts";
import { ICECHUNK_LIMITS, type IcechunkLimits } from "./limits.ts";
import { type IcechunkPinOptions, pinOf } from "./open-icechunk.ts";
import { openRepository } from "./repository.ts";

/** A state that the repository was in. */
export type IcechunkVersion = SnapshotInfo;

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
  const versions: IcechunkVersion[] = [];
  for await (const version of repository.ancestry(await repository.resolve(pinOf(options), { signal }), {
    signal,
  })) {
    versions.push(version);
    if (versions.length >= maxVersions) break;
  }
  return versions;
}
