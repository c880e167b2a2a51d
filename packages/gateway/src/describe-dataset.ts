import {
  type CodecSpec,
  type Dataset,
  type DatasetVersion,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";

/** What `inspect --json` prints; plain JSON after `encodeAttributes`. */
export interface DatasetDescription {
  readonly location: string;
  readonly format: string | null;
  readonly version: string | null;
  readonly groups: readonly GroupDescription[];
  readonly warnings: readonly { readonly path: string; readonly message: string }[];
  /** Newest first; absent where the source keeps no past. */
  readonly versions?: readonly VersionDescription[];
}
export interface VersionDescription {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}
export interface GroupDescription {
  readonly path: string;
  readonly dimensions: Readonly<Record<string, number>>;
  readonly variables: readonly VariableDescription[];
  readonly attributes: Dataset["attrs"];
}
export interface VariableDescription {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly (string | null)[];
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  /** Shape of the shards, where chunks lie in shards. */
  readonly shards: readonly number[] | null;
  /** Codecs of the stored bytes; null where chunks are encoded anew. */
  readonly codecs: readonly CodecSpec[] | null;
  readonly attributes: Variable["attrs"];
}

/** Everything the gateway knows about an open dataset without reading a chunk. */
export function describeDataset(
  dataset: Dataset,
  location: string,
  history?: readonly DatasetVersion[],
): DatasetDescription {
  return {
    location,
    format: dataset.format ?? null,
    version: dataset.version ?? null,
    groups: [...walkGroups(dataset)].map(([path, group]) => describeGroup(path, group)),
    warnings: dataset.warnings ?? [],
    ...(history && { versions: history.map(describeVersion) }),
  };
}

function describeVersion({ id, time, message, branches, tags }: DatasetVersion): VersionDescription {
  return { id, time: time.toISOString(), message, branches, tags };
}

function describeGroup(path: readonly string[], group: Dataset): GroupDescription {
  const variables = [...group.variables.values()];
  const dimensions = variables.flatMap(({ dims, source }) =>
    dims.map((dim, axis) => [dim, source.grid.shape[axis] ?? 0] as const),
  );
  return {
    path: `/${path.join("/")}`,
    dimensions: Object.fromEntries(
      dimensions.filter((entry): entry is readonly [string, number] => entry[0] !== null),
    ),
    variables: variables.map(describeVariable),
    attributes: group.attrs,
  };
}

function describeVariable({ name, dims, attrs, source }: Variable): VariableDescription {
  const { grid, dtype } = source;
  const stored = source.isAssembled ? undefined : source.stored;
  const isSharded = stored !== undefined && stored.grid.chunkShape.join() !== grid.chunkShape.join();
  return {
    name,
    dtype,
    dims,
    shape: grid.shape,
    chunks: grid.chunkShape,
    shards: isSharded ? stored.grid.chunkShape : null,
    codecs: stored?.codecs ?? null,
    attributes: attrs,
  };
}
