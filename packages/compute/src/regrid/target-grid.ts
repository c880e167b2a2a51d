/** Cells of a regular grid along latitude or longitude, in degrees. */
export interface TargetAxis {
  readonly centres: Float64Array;
  /** One more than there are centres, in their order. */
  readonly edges: Float64Array;
}

/** As it is written: `1deg`, or the centres of both axes. */
export type TargetStep =
  | { readonly kind: "cells"; readonly spacing: number }
  | { readonly kind: "centres"; readonly lat: CentreRange; readonly lon: CentreRange };

/** Centres from `first` on, up to `last` where a step hits it; the step may be negative. */
export interface CentreRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export interface TargetGrid {
  readonly lat: TargetAxis;
  readonly lon: TargetAxis;
}

/** Tolerated when steps are counted: 0.1 is not a tenth. */
const ROUNDING = 1e-6;

/** Cells of one spacing from -90 and 0 on, or cells around centres that reach half-way to the next. */
export function targetGrid(step: TargetStep): TargetGrid {
  if (step.kind === "cells") {
    const { spacing } = step;
    return { lat: cells(-90, 180 / spacing, spacing), lon: cells(0, 360 / spacing, spacing) };
  }
  return { lat: clipped(around(step.lat)), lon: around(step.lon) };
}

/** True where cells of the spacing fill the globe. */
export function fillsGlobe(spacing: number): boolean {
  const count = 180 / spacing;
  return spacing > 0 && Math.abs(count - Math.round(count)) < ROUNDING * count;
}

export function centreCount({ first, last, step }: CentreRange): number {
  return Math.floor((last - first) / step + ROUNDING) + 1;
}

/** Number of cells along both axes. */
export function targetShape(step: TargetStep): readonly [lat: number, lon: number] {
  if (step.kind === "centres") return [centreCount(step.lat), centreCount(step.lon)];
  return [Math.round(180 / step.spacing), Math.round(360 / step.spacing)];
}

function cells(start: number, count: number, spacing: number): TargetAxis {
  const length = Math.round(count);
  return {
    centres: Float64Array.from({ length }, (_, at) => start + (at + 0.5) * spacing),
    edges: Float64Array.from({ length: length + 1 }, (_, at) => start + at * spacing),
  };
}

function around(range: CentreRange): TargetAxis {
  const { first, step } = range;
  const length = centreCount(range);
  return {
    centres: Float64Array.from({ length }, (_, at) => first + at * step),
    edges: Float64Array.from({ length: length + 1 }, (_, at) => first + (at - 0.5) * step),
  };
}

function clipped({ centres, edges }: TargetAxis): TargetAxis {
  return { centres, edges: edges.map((edge) => Math.max(-90, Math.min(90, edge))) };
}
