import { divided, minus, plus, times } from "../expression/dataset-arithmetic.ts";
import { letOperation } from "../expression/let.ts";
import { anomaly } from "../group/anomaly.ts";
import { groupby } from "../group/groupby.ts";
import { resample } from "../group/resample.ts";
import { cumulativeSum } from "../reduce/operations/cumulative-sum.ts";
import { difference } from "../reduce/operations/difference.ts";
import { quantile } from "../reduce/operations/quantile.ts";
import { reductions } from "../reduce/operations/reductions.ts";
import { rolling } from "../reduce/operations/rolling.ts";
import { trend } from "../reduce/operations/trend.ts";
import { weightedMean } from "../reduce/operations/weighted-mean.ts";
import { regrid } from "../regrid/regrid.ts";
import { convert } from "./convert/convert.ts";
import { chunk } from "./select/chunk.ts";
import { isel } from "./select/isel.ts";
import { round } from "./select/round.ts";
import { nearest, sel } from "./select/sel.ts";
import { vars } from "./select/vars.ts";
import type { ViewOperation } from "./view-operation.ts";

/** Every word of the view language, in the order in which the docs list them. */
export const OPERATIONS: readonly ViewOperation[] = [
  sel,
  isel,
  nearest,
  vars,
  ...reductions,
  weightedMean,
  quantile,
  trend,
  cumulativeSum,
  difference,
  rolling,
  groupby,
  resample,
  anomaly,
  regrid,
  chunk,
  round,
  convert,
  letOperation,
  minus,
  plus,
  times,
  divided,
];
