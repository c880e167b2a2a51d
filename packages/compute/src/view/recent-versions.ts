import type { ChunkIndex, ChunkSource, ChunkVersion, Dataset } from "@zarr-gateway/dataset";
import { derivedDataset } from "../dataset/derived-dataset.ts";

/** A chunk of a view may be made of thousands of chunks, and its neighbours of the same ones. */
const RECENT_MS = 1000;
const MAX_KNOWN = 100_000;

interface Known {
  readonly at: number;
  readonly version: Promise<ChunkVersion | undefined>;
}

/** The same dataset, whose chunks are asked for their versions once a second at most, however many views need them. */
export function withRecentVersions(dataset: Dataset): Dataset {
  const variables = new Map(
    [...dataset.variables].map(([name, variable]) => [
      name,
      { ...variable, source: withRecentVersion(variable.source) },
    ]),
  );
  return derivedDataset(dataset, { variables });
}

function withRecentVersion(source: ChunkSource): ChunkSource {
  if (source.version === undefined) return source;
  const known = new Map<string, Known>();
  const look = (key: string, index: ChunkIndex, now: number): Promise<ChunkVersion | undefined> => {
    // shared by all who ask, so that nobody's leaving may end it
    const version = source.version?.(index) ?? Promise.resolve(undefined);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, { at: now, version });
    version.catch(() => known.delete(key));
    return version;
  };
  const { dtype, grid, fill, stored, isAssembled, storedOnly, made } = source;
  return {
    dtype,
    grid,
    fill,
    ...(stored && { stored }),
    ...(isAssembled && { isAssembled }),
    ...(storedOnly && { storedOnly }),
    ...(made && { made }),
    read: (index, options) => source.read(index, options),
    ...(source.readPending && { readPending: source.readPending.bind(source) }),
    version(index) {
      const key = index.join(".");
      const now = performance.now();
      const recent = known.get(key);
      return recent !== undefined && now - recent.at < RECENT_MS ? recent.version : look(key, index, now);
    },
  };
}
