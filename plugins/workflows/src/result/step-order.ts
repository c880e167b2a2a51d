import {
  type ChunkIndex,
  chunkCounts,
  elementCount,
  indicesWithin,
  type Variable,
} from "@zarr-gateway/dataset";

/** The dimension along which progress is told. */
export const STEP_DIMENSION = "lead_time";
/** Dimensions that one step of a model fills together. */
const WITHIN_A_STEP = new Set(["ensemble", "member", "sample", "realization", "number"]);

/** A chunk that is to be written. */
export interface StepChunk {
  readonly variable: Variable;
  readonly index: ChunkIndex;
}

/** Chunks that belong to one lead time of one start. */
export interface ResultStep {
  readonly chunks: readonly StepChunk[];
}

/**
 * The chunks of all variables in the order in which a model makes them: start by start, lead time by lead time, all members
 * of one together. Variables without lead times are one step at the beginning, where there are any. Pure.
 */
export function* stepOrder(variables: readonly Variable[]): Generator<ResultStep> {
  const still = variables.filter(({ dims }) => !dims.includes(STEP_DIMENSION));
  const moving = variables.filter(({ dims }) => dims.includes(STEP_DIMENSION));
  const first = still.flatMap((variable) => chunksAt(variable, []));
  if (first.length > 0) yield { chunks: first };
  const axes = stepAxes(moving);
  for (const position of indicesWithin(axes.map(({ count }) => count))) {
    const at = axes.map(({ dim }, axis) => ({ dim, index: position[axis] ?? 0 }));
    yield { chunks: moving.flatMap((variable) => chunksAt(variable, at)) };
  }
}

/** Steps along the lead time, of all starts together; 0 where nothing has lead times. */
export function stepCount(variables: readonly Variable[]): number {
  const moving = variables.filter(({ dims }) => dims.includes(STEP_DIMENSION));
  return moving.length === 0 ? 0 : elementCount(stepAxes(moving).map(({ count }) => count));
}

/** What comes before the lead time in all variables, and the lead time itself. */
function stepAxes(moving: readonly Variable[]): { readonly dim: string; readonly count: number }[] {
  const [longest] = moving;
  if (longest === undefined) return [];
  const before = longest.dims.slice(0, longest.dims.indexOf(STEP_DIMENSION));
  const outer = before.filter(
    (dim): dim is string =>
      dim !== null && !WITHIN_A_STEP.has(dim) && moving.every(({ dims }) => dims.includes(dim)),
  );
  return [...outer, STEP_DIMENSION].map((dim) => ({
    dim,
    count: Math.max(...moving.map((variable) => countAlong(variable, dim))),
  }));
}

function countAlong({ dims, source: { grid } }: Variable, dim: string): number {
  return chunkCounts(grid)[dims.indexOf(dim)] ?? 1;
}

interface Fixed {
  readonly dim: string;
  readonly index: number;
}

function chunksAt(variable: Variable, fixed: readonly Fixed[]): StepChunk[] {
  const counts = chunkCounts(variable.source.grid);
  const positions = variable.dims.map((dim) => fixed.find((one) => one.dim === dim)?.index);
  if (positions.some((position, axis) => position !== undefined && position >= (counts[axis] ?? 0)))
    return [];
  const free = counts.map((count, axis) => (positions[axis] === undefined ? count : 1));
  return Array.from(indicesWithin(free), (index) => ({
    variable,
    index: index.map((at, axis) => positions[axis] ?? at),
  }));
}
