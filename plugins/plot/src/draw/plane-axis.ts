import { formatTicks, niceTicks } from "../colour/nice-ticks.ts";
import type { PlaneAxis } from "../field/geometry.ts";
import { type AxisLookup, axisLookup } from "./axis-lookup.ts";
import type { AxisMarks } from "./axis-ticks.ts";
import { degreeStep, degreeTicks, formatLatitude, formatLongitude } from "./degree-ticks.ts";
import { readableUnit } from "./readable-unit.ts";
import { timeTicks } from "./time-ticks.ts";

/** An axis on the side of a picture: from its values to parts of the side, 0 at the left or the upper end. */
export interface SideScale {
  readonly lookup: AxisLookup;
  readonly low: number;
  readonly high: number;
  /** True where the low end is the left or the upper one. */
  readonly isRising: boolean;
  position(value: number): number;
  inverse(position: number): number;
}

/** @param isVertical large values are above, except downward ones; times run to the right and down */
export function sideScale(axis: PlaneAxis, isVertical: boolean): SideScale {
  const lookup = axisLookup(axis.values, axis.degrees === "north" ? { low: -90, high: 90 } : {});
  return scaleBetween(
    lookup,
    { low: lookup.low, high: lookup.high },
    isVertical ? axis.isDownward === true || axis.coding !== undefined : true,
  );
}

export function scaleBetween(
  lookup: AxisLookup,
  { low, high }: { readonly low: number; readonly high: number },
  isRising: boolean,
): SideScale {
  const span = high - low || 1;
  return {
    lookup,
    low,
    high,
    isRising,
    position: (value) => (isRising ? value - low : high - value) / span,
    inverse: (position) => (isRising ? low + position * span : high - position * span),
  };
}

/** Marks of a side that is so many pixels long. */
export function sideMarks(axis: PlaneAxis, scale: SideScale, length: number, spacing: number): AxisMarks {
  const count = Math.max(2, Math.floor(length / spacing));
  const unit = axis.unit === undefined ? "" : ` [${readableUnit(axis.unit)}]`;
  const place = (value: number, label: string) => ({ at: scale.position(value) * length, label });
  if (axis.coding) {
    const ticks = timeTicks(scale.low, scale.high, count, axis.coding);
    return { ticks: ticks.map(({ value, label }) => place(value, label)), label: "" };
  }
  if (axis.degrees) {
    const format = axis.degrees === "north" ? formatLatitude : formatLongitude;
    const step = degreeStep(scale.high - scale.low, Math.min(6, count));
    return {
      ticks: degreeTicks(scale.low, scale.high, step).map((value) => place(value, format(value))),
      label: "",
    };
  }
  const ticks = niceTicks(scale.low, scale.high, Math.min(8, count));
  const { labels, power } = formatTicks(ticks);
  return {
    ticks: ticks.map((value, at) => place(value, labels[at] ?? "")),
    label: `${axis.label}${unit}${power === "" ? "" : ` ${power}`}`,
  };
}
