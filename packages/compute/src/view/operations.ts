import { groupby } from "../group/groupby.ts";
import { resample } from "../group/resample.ts";
import { reductions } from "../reduce/operations/reductions.ts";
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
  groupby,
  resample,
  regrid,
  chunk,
  round,
  convert,
];
