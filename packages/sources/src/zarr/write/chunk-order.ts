import { type ChunkIndex, chunkCounts, indicesWithin, type Variable } from "@zarr-gateway/dataset";

/** A chunk of a variable that is to be written. */
export interface PlannedChunk {
  readonly name: string;
  readonly variable: Variable;
  readonly index: ChunkIndex;
}

/**
 * Every chunk of the variables. Those that share their first dimensions, such as initial and lead time, go along these
 * together: what is computed step by step is asked for once, in order. Pure.
 */
export function* chunkOrder(variables: ReadonlyMap<string, Variable>): Generator<PlannedChunk> {
  const all = [...variables].map(([name, variable]) => ({
    name,
    variable,
    counts: chunkCounts(variable.source.grid),
  }));
  const together = all.filter(({ variable }) => variable.dims.length > 1);
  for (const one of all) {
    if (together.includes(one)) continue;
    for (const index of indicesWithin(one.counts)) yield { ...one, index };
  }
  const shared = sharedDimensions(together.map(({ variable }) => variable));
  for (const first of indicesWithin(together[0]?.counts.slice(0, shared) ?? [0])) {
    for (const { name, variable, counts } of together) {
      for (const rest of indicesWithin(counts.slice(shared)))
        yield { name, variable, index: [...first, ...rest] };
    }
  }
}

export function chunkTotal(variables: ReadonlyMap<string, Variable>): number {
  const counts = [...variables.values()].map(({ source }) =>
    chunkCounts(source.grid).reduce((product, count) => product * count, 1),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How many first dimensions all variables have, with the same chunks. */
function sharedDimensions(variables: readonly Variable[]): number {
  const [first] = variables;
  if (first === undefined) return 0;
  const isShared = (axis: number): boolean =>
    variables.every(
      ({ dims, source: { grid } }) =>
        dims[axis] !== undefined &&
        dims[axis] === first.dims[axis] &&
        grid.shape[axis] === first.source.grid.shape[axis] &&
        grid.chunkShape[axis] === first.source.grid.chunkShape[axis],
    );
  const different = first.dims.findIndex((_, axis) => !isShared(axis));
  return different < 0 ? first.dims.length : different;
}
