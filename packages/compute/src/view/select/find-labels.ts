import { viewError } from "../view-call.ts";
import { type AxisSelection, onePosition, positionsSelection } from "./axis-selection.ts";
import type { Named } from "./dimension-arguments.ts";
import type { LabelAxis, Meaning } from "./label-axis.ts";
import type { Selector } from "./selector.ts";

/**
 * Positions of what labels mean on a coordinate. A label alone drops its dimension unless it means a range; ranges hold
 * both ends and what lies between, in stored order.
 * @throws GatewayError invalid_request for labels that are none, or that select nothing
 */
export function findLabels(axis: LabelAxis, argument: Named<Selector<string>>): AxisSelection {
  const { key, value, valueAt } = argument;
  switch (value.kind) {
    case "one":
      return findOne(axis, argument, meaningOf(axis, argument, value.label), value.label);
    case "list": {
      const positions = value.labels.flatMap((label) => {
        const found = positionsOf(axis, meaningOf(axis, argument, label));
        if (found.length === 0) throw missing(axis, argument, label);
        return found;
      });
      return positionsSelection(positions);
    }
    case "range": {
      const positions = findRange(axis, argument, value);
      if (positions.length === 0)
        throw viewError(`the range selects nothing: "${key}" goes ${extentOf(axis)}`, valueAt);
      return positionsSelection(positions);
    }
    default:
      return value satisfies never;
  }
}

/** What a label means. @throws GatewayError invalid_request for what cannot be one */
export function meaningOf(
  axis: LabelAxis,
  { key, valueAt }: Named<unknown>,
  label: string,
): Meaning<unknown> {
  const meaning = axis.meaning(label);
  if (meaning === undefined)
    throw viewError(`"${key}" is told by ${axis.expected}, not by "${label.slice(0, 80)}"`, valueAt);
  return meaning;
}

function findOne(
  axis: LabelAxis,
  argument: Named<unknown>,
  meaning: Meaning<unknown>,
  label: string,
): AxisSelection {
  const positions = positionsOf(axis, meaning);
  const [first] = positions;
  if (first === undefined) throw missing(axis, argument, label);
  return meaning.isExact && positions.length === 1 ? onePosition(first) : positionsSelection(positions);
}

function positionsOf(axis: LabelAxis, { first, last, isExact }: Meaning<unknown>): number[] {
  return positionsBetween(axis, first, isExact ? first : last);
}

/** In stored order; undefined bounds are open. */
function positionsBetween(axis: LabelAxis, low: unknown, high: unknown): number[] {
  const positions: number[] = [];
  for (let at = 0; at < axis.length; at += 1) {
    const value = axis.valueAt(at);
    const isAfter = low === undefined || axis.compare(value, low) >= 0;
    const isBefore = high === undefined || axis.compare(value, high) <= 0;
    if (isAfter && isBefore) positions.push(at);
  }
  return positions;
}

type Range = Extract<Selector<string>, { kind: "range" }>;

function findRange(axis: LabelAxis, argument: Named<unknown>, range: Range): number[] {
  const [low, high] = boundsOf(axis, argument, range);
  const positions = positionsBetween(axis, low?.first, high?.last);
  const { step } = range;
  if (step === 1) return positions;
  const walked = step > 0 ? positions : positions.toReversed();
  return walked.filter((_, at) => at % Math.abs(step) === 0);
}

type Bounds = readonly [low: Meaning<unknown> | undefined, high: Meaning<unknown> | undefined];

/**
 * The lower bound is written first. The other way round is taken where the coordinate falls, or is walked back; elsewhere
 * nobody shall take 350:10 for a way round the globe.
 */
function boundsOf(axis: LabelAxis, argument: Named<unknown>, { from, to, step }: Range): Bounds {
  const [first, last] = [from, to].map((label) =>
    label === undefined ? undefined : meaningOf(axis, argument, label),
  );
  if (first === undefined || last === undefined) return step > 0 ? [first, last] : [last, first];
  if (axis.compare(first.first, last.first) <= 0) return [first, last];
  if (step < 0 || isFalling(axis)) return [last, first];
  const message = `the range selects nothing: "${from ?? ""}" lies above "${to ?? ""}", the lower end is written first`;
  throw viewError(message, argument.valueAt);
}

function isFalling(axis: LabelAxis): boolean {
  for (let at = 1; at < axis.length; at += 1) {
    if (!(axis.compare(axis.valueAt(at), axis.valueAt(at - 1)) < 0)) return false;
  }
  return axis.length > 1;
}

/** The complaint about a label that is not there, with the one that is nearest. */
function missing(axis: LabelAxis, { key, valueAt }: Named<unknown>, label: string): Error {
  const meaning = axis.meaning(label);
  const near = meaning && nearestPosition(axis, meaning.first);
  const hint =
    near === undefined ? "" : `, the nearest is ${axis.print(near)} (nearest(${key}=${label}) takes it)`;
  return viewError(`"${key}" has no label ${label.slice(0, 80)}${hint}; it goes ${extentOf(axis)}`, valueAt);
}

/**
 * Position of the value that lies nearest, of two equally near ones the higher, as pandas has it on a rising index;
 * undefined where values have no distances, or all are missing.
 */
export function nearestPosition(axis: LabelAxis, value: unknown): number | undefined {
  let best: number | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let at = 0; axis.distance !== undefined && at < axis.length; at += 1) {
    const own = axis.valueAt(at);
    const distance = axis.distance(own, value);
    const isTie =
      distance === bestDistance && best !== undefined && axis.compare(own, axis.valueAt(best)) > 0;
    if (!(distance < bestDistance || isTie)) continue;
    best = at;
    bestDistance = distance;
  }
  return best;
}

function extentOf(axis: LabelAxis): string {
  return axis.length === 0
    ? "from nowhere: it is empty"
    : `from ${axis.print(0)} to ${axis.print(axis.length - 1)}`;
}
