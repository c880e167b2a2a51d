import { decodedVariable, instantCoding, instantLabels } from "@zarr-gateway/compute";
import {
  type Calendar,
  decodeInstant,
  isStringValues,
  type TimeCoding,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { Instants } from "../../instants.ts";
import { regularStep } from "./regular-step.ts";

/** What a coordinate of time says, in its own order. */
export interface CoordinateInstants {
  readonly calendar: Calendar;
  /** undefined where they lie too far apart. */
  readonly instants: Instants | undefined;
  /** How many are none. */
  readonly missing: number;
}

/** undefined for a coordinate that is no time. */
export async function coordinateInstants(
  coordinate: Variable,
  options: CallOptions,
): Promise<CoordinateInstants | undefined> {
  const coding = instantCoding(coordinate);
  if (coding === undefined) return undefined;
  const values = await wholeValues(decodedVariable(coordinate).source, options);
  const { calendar } = coding;
  const regular = regularInstants(values, coding);
  if (regular !== undefined) return { calendar, instants: regular, missing: 0 };
  const { days, nanoseconds } = instantLabels(values, coding);
  const instants = Instants.fromDays(days, nanoseconds);
  const missing = instants === undefined ? days.filter(Number.isNaN).length : 0;
  return { calendar, instants, missing };
}

/** Where one number after the other is as much more, the first time and the step say all. */
function regularInstants(values: Values, coding: TimeCoding): Instants | undefined {
  if (isStringValues(values)) return undefined;
  const [first] = values;
  const stepMs = regularStep(values, coding.unitNanoseconds);
  const instant = stepMs === undefined || first === undefined ? undefined : decodeInstant(coding, first);
  if (stepMs === undefined || instant === undefined) return undefined;
  return Instants.regular(instant, { stepMs, length: values.length });
}
