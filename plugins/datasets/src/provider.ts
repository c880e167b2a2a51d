import { stat } from "node:fs/promises";
import type { Dataset } from "@zarr-gateway/dataset";
import type { DatasetProvider } from "@zarr-gateway/plugin";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import { type FolderDataset, type FolderIndex, locationOf } from "./folder-index.ts";
import type { LocationOpener } from "./location-request.ts";
import type { MemberLister } from "./member-locations.ts";
import type { CombineServices } from "./open-combined.ts";
import { openConfigured } from "./open-dataset.ts";
import type { DatasetOptions } from "./options.ts";
import type { PublishServices } from "./publish-policy.ts";

export interface ProviderOptions {
  readonly datasets: Readonly<Record<string, DatasetOptions>>;
  readonly folders: FolderIndex;
  readonly openLocation: LocationOpener;
  readonly allow: readonly URL[] | undefined;
  /** Where chunks that are made anew are computed and kept. */
  readonly services?: PublishServices;
  /** What datasets of several files need. */
  readonly combine?: CombineServices;
  readonly listMembers: MemberLister;
}

/** Configured datasets first, then those of folders. Nothing is opened, and no folder looked at, before it is asked for. */
export function datasetsProvider(options: ProviderOptions): DatasetProvider {
  const { datasets, folders } = options;
  return {
    name: "datasets",
    async *ids() {
      yield* Object.keys(datasets);
      await folders.refresh();
      yield* [...folders.byId.keys()].sort();
    },
    open(id, call = {}) {
      const configured = Object.hasOwn(datasets, id) ? datasets[id] : undefined;
      return configured
        ? openConfigured(configured, { ...options, ...call })
        : openFromFolder(id, options, call);
    },
  };
}

/**
 * A dataset that is known opens at once; the folders are looked at only for an unknown id, and where opening failed,
 * because the file may have gone since.
 */
async function openFromFolder(
  id: string,
  options: ProviderOptions,
  call: CallOptions,
): Promise<Dataset | undefined> {
  const { folders } = options;
  const known = folders.byId.get(id);
  if (known !== undefined) {
    try {
      return await openFound(known, options, call);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (!(await isGone(known, error))) throw error;
      await folders.refresh({ ...call, force: true });
    }
  }
  await folders.refresh(call);
  const found = folders.byId.get(id);
  if (found !== undefined) return openFound(found, options, call);
  // while a folder cannot be read nobody knows whether the id exists, and 404 would say that it does not
  if (folders.failure !== undefined) throw folders.failure;
  return undefined;
}

function openFound(
  found: FolderDataset,
  { openLocation, allow }: ProviderOptions,
  call: CallOptions,
): Promise<Dataset> {
  return openLocation({ location: locationOf(found), allow: allow ?? [found.folder.location] }, call);
}

/** Only what certainly does not exist: a disk or server that fails to answer is no reason to say so. */
async function isGone(found: FolderDataset, error: unknown): Promise<boolean> {
  const location = locationOf(found);
  if (location.protocol !== "file:") return isGatewayError(error) && error.details["absent"] === true;
  try {
    await stat(location);
    return false;
  } catch (failure) {
    return failure instanceof Error && "code" in failure && failure.code === "ENOENT";
  }
}
