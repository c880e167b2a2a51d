import { type Calendar, dateOfDay, dayNumber, type Instant, later } from "@zarr-gateway/dataset";
import type { TimeFeature } from "../model-package.ts";
import type { Run } from "../model-session.ts";

const HOUR_NANOSECONDS = 3.6e12;
const HOUR_MS = 3.6e6;

/** A point of a roll-out: so many steps, of `stepMs` milliseconds, after the initial time; negative before it. */
export interface RolloutTime {
  readonly run: Pick<Run, "calendar" | "initialTime">;
  readonly step: number;
  readonly stepMs: number;
}

/**
 * What a feature is at a point in time. All four quantities are of that time itself: `day` and `hour` of the valid time in the
 * calendar of the data, `lead` its distance from the initial time in hours, `step` the same in steps.
 */
export function timeFeature(feature: TimeFeature, time: RolloutTime): number {
  const quantity = quantityAt(feature.quantity, time) / feature.divisor;
  const angle = feature.isAngle ? 2 * Math.PI * quantity : quantity;
  switch (feature.wave) {
    case "none":
      return angle;
    case "sin":
      return Math.sin(angle);
    case "cos":
      return Math.cos(angle);
    default:
      return feature.wave satisfies never;
  }
}

/** The valid time of a point of a roll-out. */
export function validTime({ run, step, stepMs }: RolloutTime): Instant {
  return later(run.initialTime, BigInt(step) * BigInt(Math.round(stepMs)) * 1_000_000n);
}

function quantityAt(quantity: TimeFeature["quantity"], time: RolloutTime): number {
  switch (quantity) {
    case "day":
      return dayOfYear(time.run.calendar, validTime(time));
    case "hour":
      return validTime(time).nanoseconds / HOUR_NANOSECONDS;
    case "lead":
      return (time.step * time.stepMs) / HOUR_MS;
    case "step":
      return time.step;
    default:
      return quantity satisfies never;
  }
}

/** From 1 on, of the calendar. */
function dayOfYear(calendar: Calendar, { day }: Instant): number {
  const { year } = dateOfDay(calendar, day);
  return day - dayNumber(calendar, { year, month: 1, day: 1 }) + 1;
}
