import { elementCount } from "@zarr-gateway/dataset";
import type { RegridStage } from "./apply-weights.ts";
import type { RegridAxes } from "./regrid-axes.ts";
import type { Weights } from "./weights.ts";

/** Neighbours along the last axis are looked up one by one, rows of other axes are added as they lie. */
const LOOKED_UP_COST = 4;

/** One stage after the other, in the order that takes the fewest steps: the sums are the same. */
export function cheapestStages(
  shape: readonly number[],
  along: readonly Pick<RegridAxes, "axis" | "axes" | "shape">[],
  weights: readonly Weights[],
): RegridStage[] {
  const order = along.map((_, at) => at);
  // one plane, or latitude and longitude
  const orders = [order, order.toReversed()].map((own) => stagesIn(own, { shape, along, weights }));
  const [first = [], second = []] = orders;
  return stepsOf(second) < stepsOf(first) ? second : first;
}

interface Staged {
  readonly shape: readonly number[];
  readonly along: readonly Pick<RegridAxes, "axis" | "axes" | "shape">[];
  readonly weights: readonly Weights[];
}

function stagesIn(order: readonly number[], { shape, along, weights }: Staged): RegridStage[] {
  const current = [...shape];
  return order.flatMap((at) => {
    const [own, factors] = [along[at], weights[at]];
    if (own === undefined || factors === undefined) return [];
    const { axis, axes } = own;
    const outer = elementCount(current.slice(0, axis));
    const inner = elementCount(current.slice(axis + axes));
    current.splice(axis, axes, ...own.shape);
    return [{ outer, inner, weights: factors }];
  });
}

function stepsOf(stages: readonly RegridStage[]): number {
  return stages.reduce((steps, { outer, inner, weights }) => {
    const each = inner === 1 ? LOOKED_UP_COST : 1;
    return steps + each * outer * inner * weights.sources.length;
  }, 0);
}
