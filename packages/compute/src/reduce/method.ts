import { bytesPerElement, type DataType, isTimeType } from "@zarr-gateway/dataset";
import { deviations } from "./accumulation/deviations.ts";
import { edges } from "./accumulation/edges.ts";
import { extremes } from "./accumulation/extremes.ts";
import { type GatherOptions, gathered } from "./accumulation/gathered.ts";
import { counts, means, totals } from "./accumulation/means.ts";
import { slopes } from "./accumulation/slopes.ts";
import { weightedMeans } from "./accumulation/weighted.ts";
import { timeMeans, wholeEdges, wholeExtremes, wholeSums } from "./accumulation/wholes.ts";
import type { Accumulation } from "./accumulation.ts";
import { isWholeNumber } from "./integers.ts";
import type { ReduceAction } from "./result-type.ts";
import type { BigValues } from "./span.ts";

/** How a reduction is done: all that a worker thread needs to know of it. */
export interface Method {
  readonly action: ReduceAction;
  /** Of the values that are reduced, decoded. */
  readonly dtype: DataType;
  /** Values that go into one result at most. */
  readonly positions: number;
  readonly isWeighted: boolean;
  /** Of `median` and `quantile`. */
  readonly gather?: GatherOptions | undefined;
}

/** An accumulation, and the kind of values it takes. */
export type ChosenAccumulation =
  | { readonly input: "numbers"; readonly accumulation: Accumulation }
  | { readonly input: "integers"; readonly accumulation: Accumulation<BigValues> };

/** Whole numbers up to here are exact in float64. */
const EXACT = 2 ** 53;

export function accumulationOf(method: Method): ChosenAccumulation {
  const { action, dtype } = method;
  const isWide = isTimeType(dtype) || dtype === "int64" || dtype === "uint64";
  if (isWide && action === "mean" && isTimeType(dtype)) return integers(timeMeans(dtype));
  if (isWide && (action === "min" || action === "max"))
    return integers(wholeExtremes(action === "min", dtype));
  if (isWide && (action === "first" || action === "last"))
    return integers(wholeEdges(action === "first", dtype));
  if (action === "sum" && isWholeNumber(dtype) && (isWide || overflows(method)))
    return integers(wholeSums(dtype));
  return { input: "numbers", accumulation: numberAccumulation(method) };
}

function integers(accumulation: Accumulation<BigValues>): ChosenAccumulation {
  return { input: "integers", accumulation };
}

function overflows({ dtype, positions }: Method): boolean {
  return positions * 2 ** (8 * (bytesPerElement(dtype) ?? 8)) > EXACT;
}

function numberAccumulation({ action, isWeighted, gather }: Method): Accumulation {
  switch (action) {
    case "mean":
      return isWeighted ? weightedMeans : means;
    case "sum":
      return totals;
    case "count":
      return counts;
    case "min":
    case "max":
      return extremes(action === "min");
    case "std":
    case "var":
      return deviations(action === "std");
    case "first":
    case "last":
      return edges(action === "first");
    case "slope":
      return slopes;
    case "median":
    case "quantile":
      if (gather === undefined) throw new TypeError(`${action} needs to know what it gathers`);
      return gathered(gather);
    default:
      return action satisfies never;
  }
}
