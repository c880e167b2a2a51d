import { fileURLToPath } from "node:url";
import type { Dataset } from "@zarr-gateway/dataset";
import type { ByteCache, CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { type AggregateIndex, openAggregate } from "@zarr-gateway/sources";
import { combineLevels } from "./combine-options.ts";
import type { LocationOpener } from "./location-request.ts";
import { allowedBy, locationEntry, type MemberLister } from "./member-locations.ts";
import type { DatasetOptions } from "./options.ts";

/** What aggregates share. */
export interface CombineServices {
  readonly pool: WorkerPool;
  readonly cache?: ByteCache | undefined;
  readonly index: AggregateIndex;
}

export interface OpenCombinedOptions extends CallOptions, CombineServices {
  readonly openLocation: LocationOpener;
  readonly allow: readonly URL[] | undefined;
  readonly listMembers: MemberLister;
}

/** Several files as one dataset, not yet published as the configuration says. */
export async function openCombined(dataset: DatasetOptions, options: OpenCombinedOptions): Promise<Dataset> {
  const { openLocation, listMembers, pool, cache, index, signal } = options;
  const { combine, format, group } = dataset;
  const isFileFormat = format === undefined || format === "zarr" || format === "netcdf";
  const entries = [dataset.location]
    .flat()
    .map((location) => locationEntry(location, combine !== undefined && isFileFormat));
  const allow = options.allow ?? entries.map(allowedBy);
  return openAggregate(
    {
      key: JSON.stringify(entries),
      list: (call) => listMembers(entries, call),
      open: (location, { format: known, ...call }) => {
        const chosen = format ?? known;
        return openLocation({ location, allow, ...(chosen !== undefined && { format: chosen }) }, call);
      },
      levels: combineLevels(combine),
      ...(group !== undefined && { group }),
      drop: droppedBefore(dataset),
      allow: allow.filter(({ protocol }) => protocol === "file:").map((url) => fileURLToPath(url)),
      format,
      index,
      pool,
      cache,
    },
    { signal },
  );
}

/** Variables that are not published need not fit together. */
function droppedBefore({ variables }: DatasetOptions): readonly string[] {
  return variables === undefined || Array.isArray(variables) ? [] : (variables.drop ?? []);
}

/** The rest of what the configuration says, once the files are combined. */
export function afterCombining(dataset: DatasetOptions): DatasetOptions {
  const { group: _group, variables, ...rest } = dataset;
  if (variables === undefined || Array.isArray(variables)) return { ...rest, variables };
  const { rename } = variables;
  return rename === undefined ? rest : { ...rest, variables: { rename } };
}
