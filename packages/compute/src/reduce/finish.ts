import type { DataType, Values } from "@zarr-gateway/dataset";
import type { Accumulator } from "./accumulation.ts";
import { accumulationOf, type Method } from "./method.ts";

export interface FinishJob {
  readonly method: Method;
  /** At least one; what each has seen, in order. */
  readonly accumulators: readonly Accumulator[];
  readonly dtype: DataType;
  readonly cells: number;
  readonly counts: CellCounts;
}

/** How many values belong to each cell. */
export interface CellCounts {
  /** Positions of the reduced axes together. */
  readonly reduced: number;
  /** Positions of each group, and how the group of a cell is found: `floor(cell / step) % members.length`. */
  readonly groups?: { readonly members: Float64Array; readonly step: number } | undefined;
}

/** The results of all cells, in C order. */
export function finished({ method, accumulators, dtype, cells, counts }: FinishJob): Values {
  const { accumulation } = accumulationOf(method);
  const [whole = accumulation.create(cells), ...others] = accumulators;
  for (const other of others) accumulation.merge(whole, other);
  return accumulation.finish(whole, { dtype, cells, positionsOf: (cell) => positionsOf(counts, cell) });
}

function positionsOf({ reduced, groups }: CellCounts, cell: number): number {
  if (groups === undefined) return reduced;
  const { members, step } = groups;
  return reduced * (members[Math.floor(cell / step) % members.length] ?? 0);
}
