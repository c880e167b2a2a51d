import { hash, randomUUID } from "node:crypto";
import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import type { View } from "./parse-view.ts";
import { withRecentVersions } from "./recent-versions.ts";
import { diskUse, servedVariables } from "./served-variables.ts";
import type { ViewContext } from "./view-operation.ts";

/** What a view is computed with. */
export interface ViewServices extends Omit<ViewContext, "key"> {
  /** Of the dataset that the view is of, for keys of caches. */
  readonly id: string;
  /** Decoded bytes of the original that one chunk may take. No limit where absent. */
  readonly maxReadBytes?: number | undefined;
}

/**
 * The dataset that a view of another one is: its metadata is complete, its chunks are computed when they are read. It
 * covers the root group; child groups are left out. Reads coordinates at most.
 * @throws GatewayError invalid_request where the view does not fit the dataset
 */
export async function viewOf(dataset: Dataset, view: View, services: ViewServices): Promise<Dataset> {
  const { id, maxReadBytes = Number.POSITIVE_INFINITY, ...context } = services;
  const others = new Map<string, Dataset>();
  const openDataset = async (other: string, options: CallOptions = {}): Promise<Dataset> => {
    if (!view.datasets.includes(other))
      throw new GatewayError("internal", "a view opens what it does not name");
    const opened = await services.openDataset(other, options);
    others.set(other, opened);
    return opened;
  };
  const origin = `view ${id} ${dataset.version ?? randomUUID()}`;
  let result = withRecentVersions(withoutPast(dataset));
  const before: string[] = [];
  for (const { operation, step, text } of view.steps) {
    services.signal?.throwIfAborted();
    const key = [origin, ...before].join("@");
    result = await operation.apply(result, step, {
      ...context,
      openDataset,
      key,
      readsMayWait: result.readsMayWait,
    });
    before.push(text);
  }
  const { version: _version, modifiedAt: _modifiedAt, ...rest } = result;
  const identity = identityOf([dataset, ...others.values()], view.text);
  const made: Dataset = { ...rest, ...identity };
  const key = resultKeyOf(id, identity.version ?? randomUUID());
  return {
    ...made,
    variables: servedVariables(made, { maxReadBytes, cache: services.cache, key, disk: diskUse(made) }),
  };
}

/** Names the results of a view. */
export function resultKeyOf(id: string, version: string): string {
  return `view ${id} ${version}`;
}

/** What says something of the whole source, and of child groups, says nothing of a view. */
function withoutPast(dataset: Dataset): Dataset {
  const {
    history: _history,
    warnings,
    close: _close,
    isCurrent: _isCurrent,
    ...rest
  } = derivedDataset(dataset, {
    groups: new Map(),
  });
  const own = warnings?.filter(({ path }) => dataset.variables.has(path.split("/")[1] ?? ""));
  return { ...rest, ...(own && own.length > 0 && { warnings: own }) };
}

/** A view has a version where all that it is made from have one. */
function identityOf(
  parents: readonly Dataset[],
  text: string,
): Pick<Dataset, "version" | "immutable" | "versionCoversChunks" | "modifiedAt" | "readsMayWait"> {
  const versions = parents.map(({ version }) => version);
  const times = parents.map(({ modifiedAt }) => modifiedAt);
  const known = times.filter((time) => time !== undefined);
  return {
    ...(!versions.includes(undefined) && {
      version: hash("sha256", JSON.stringify([versions, text]), "hex").slice(0, 32),
    }),
    immutable: parents.every(({ immutable }) => immutable === true),
    versionCoversChunks: parents.every(
      (parent) => parent.versionCoversChunks === true || parent.immutable === true,
    ),
    ...(parents.some(({ readsMayWait }) => readsMayWait === true) && { readsMayWait: true }),
    ...(known.length === times.length && { modifiedAt: Math.max(...known) }),
  };
}
