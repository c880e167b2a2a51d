import { type ViewArgument, type ViewCall, viewError } from "../view/view-call.ts";
import type { RegridMethod } from "./axis-weights.ts";
import { type CentreRange, fillsGlobe, type TargetStep, targetShape } from "./target-grid.ts";

export interface RegridStep {
  readonly at: number;
  readonly target: TargetStep;
  readonly method: RegridMethod;
}

export const METHODS: readonly RegridMethod[] = ["bilinear", "nearest", "conservative"];
const SPACING = /^(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})deg$/;
const NUMBER = /^[+-]?(?:\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})$/;
/** A global grid of 0.05 degrees has half as many. */
const MAX_POINTS = 50_000_000;

/** `regrid(1deg)`, `regrid(1deg,conservative)`, `regrid(lat=-60:60:2,lon=0:358:2,nearest)`. */
export function parseRegrid(call: ViewCall): RegridStep {
  const plain = call.arguments.filter(({ key }) => key === undefined);
  const named = call.arguments.filter(({ key }) => key !== undefined);
  const target = named.length === 0 ? parseSpacing(call, plain[0]) : parseCentres(call, named);
  const [method, extra] = named.length === 0 ? plain.slice(1) : plain;
  if (extra !== undefined)
    throw viewError(`"regrid" has one method, "${extra.value.slice(0, 20)}" is too much`, extra.at);
  const step = {
    at: call.at,
    target,
    method: method === undefined ? "bilinear" : parseMethod(method),
  } as const;
  const [rows, columns] = targetShape(target);
  if (rows * columns > MAX_POINTS)
    throw viewError(`the grid has ${rows} × ${columns} points, at most ${MAX_POINTS} are computed`, call.at);
  return step;
}

export function printRegrid({ target, method }: RegridStep): string {
  const suffix = method === "bilinear" ? "" : `,${method}`;
  if (target.kind === "cells") return `regrid(${target.spacing}deg${suffix})`;
  const range = ({ first, last, step }: CentreRange): string => `${first}:${last}:${step}`;
  return `regrid(lat=${range(target.lat)},lon=${range(target.lon)}${suffix})`;
}

function parseSpacing(call: ViewCall, argument: ViewArgument | undefined): TargetStep {
  if (argument === undefined)
    throw viewError(
      '"regrid" needs a grid, as in "regrid(1deg)" or "regrid(lat=-60:60:2,lon=0:358:2)"',
      call.at,
    );
  const spacing = Number(SPACING.exec(argument.value)?.[1] ?? Number.NaN);
  if (Number.isNaN(spacing))
    throw viewError('expected a spacing such as "1deg" or "0.25deg"', argument.valueAt);
  if (!fillsGlobe(spacing) || spacing > 90) {
    throw viewError(
      `cells of ${spacing} degrees do not fill the globe; "lat=…:…:${spacing},lon=…:…:${spacing}" gives centres of one's own`,
      argument.valueAt,
    );
  }
  return { kind: "cells", spacing };
}

function parseCentres(call: ViewCall, named: readonly ViewArgument[]): TargetStep {
  const ranges = new Map<string, CentreRange>();
  for (const { key = "", at, value, valueAt } of named) {
    if (key !== "lat" && key !== "lon")
      throw viewError(`expected "lat" or "lon", not "${key.slice(0, 20)}"`, at);
    if (ranges.has(key)) throw viewError(`"${key}" is given twice`, at);
    ranges.set(key, parseRange(key, value, valueAt));
  }
  const [lat, lon] = [ranges.get("lat"), ranges.get("lon")];
  if (lat === undefined || lon === undefined)
    throw viewError(`"regrid" needs both "lat" and "lon", as in "regrid(lat=-60:60:2,lon=0:358:2)"`, call.at);
  return { kind: "centres", lat, lon };
}

/** Centres of one's own, both ends included; they may fall. */
function parseRange(key: "lat" | "lon", value: string, at: number): CentreRange {
  const parts = value.split(":");
  const [first = Number.NaN, last = Number.NaN, step = Number.NaN] = parts.map((part) =>
    NUMBER.test(part.trim()) ? Number(part) + 0 : Number.NaN,
  );
  if (parts.length !== 3 || Number.isNaN(first + last + step))
    throw viewError("expected first:last:step in degrees, such as -60:60:2", at);
  if (step === 0 || (last - first) / step < 0)
    throw viewError(`steps of ${step} do not lead from ${first} to ${last}`, at);
  const limit = key === "lat" ? 90 : 540;
  if (Math.max(Math.abs(first), Math.abs(last)) > limit)
    throw viewError(`"${key}" goes from ${-limit} to ${limit}`, at);
  if (key === "lon" && Math.abs(last - first) >= 360)
    throw viewError("longitudes go round the globe once, the last one before the first one again", at);
  return { first, last, step };
}

function parseMethod({ value, valueAt }: ViewArgument): RegridMethod {
  const method = METHODS.find((known) => known === value);
  if (method === undefined)
    throw viewError(`there is no method "${value.slice(0, 20)}", expected ${METHODS.join(", ")}`, valueAt);
  return method;
}
