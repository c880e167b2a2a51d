import type { GridAxis } from "../../model-package.ts";
import { coordinateAlong, kindOf, kindOfAxis } from "./dimension-kind.ts";
import { labelPositions } from "./match-labels.ts";
import { type NumberLabels, numberLabels } from "./number-labels.ts";
import type { SpaceContext } from "./space-context.ts";

/** Position along a dimension of each of the model's labels; undefined where it has other ones, which is a problem then. */
export async function gridPositions(
  axis: GridAxis,
  { dim, length }: { readonly dim: string; readonly length: number },
  { dataset, id, model, problems, signal }: SpaceContext,
): Promise<Int32Array | undefined> {
  const coordinate = coordinateAlong(dataset, dim);
  // without labels places are counted, as every client counts them
  const given = coordinate ? await numberLabels(coordinate, { signal }) : counted(length);
  if (given === undefined) {
    problems.add(`the analysis has no numbers along "${dim}", where the model has ${described(axis.labels)}`);
    return undefined;
  }
  const isCircular = coordinate !== undefined && kindOf(coordinate) === "longitude";
  const positions = labelPositions({ labels: axis.labels, isCircular }, given.values, given.isSingle);
  if (positions !== undefined) return positions;
  problems.add(
    `grid: the model has ${described(axis.labels)} along "${axis.name}", the analysis ${described(given.values)} along "${dim}"${gridHint(model.grid, id)}`,
  );
  return undefined;
}

function counted(length: number): NumberLabels {
  return { values: Float64Array.from({ length }, (_, at) => at), isSingle: false };
}

/** `721 labels from 90, 89.75 … to -90`. */
function described(labels: ArrayLike<number>): string {
  const [first = Number.NaN, second = Number.NaN] = [labels[0], labels[1]];
  const last = labels[labels.length - 1] ?? Number.NaN;
  if (labels.length < 2)
    return `${labels.length} label${labels.length === 1 ? ` ${shortNumber(first)}` : "s"}`;
  return `${labels.length} labels from ${shortNumber(first)}, ${shortNumber(second)} … to ${shortNumber(last)}`;
}

/** A view that has the grid, where views can make it: with equal steps along latitude and longitude. */
function gridHint(grid: readonly GridAxis[], id: string): string {
  const ranges = grid.map(({ name, labels }) => {
    const kind = kindOfAxis(name);
    const step = regularStep(labels);
    if (step === undefined || (kind !== "latitude" && kind !== "longitude")) return undefined;
    const numbers = [labels[0] ?? 0, labels.at(-1) ?? 0, step].map(shortNumber).join(":");
    return `${kind === "latitude" ? "lat" : "lon"}=${numbers}`;
  });
  if (ranges.length !== 2 || ranges.includes(undefined)) return "";
  return `: a view can change that, such as ${id}@regrid(${ranges.toSorted().join(",")})`;
}

function regularStep(labels: readonly number[]): number | undefined {
  const [first = 0, second = 0] = labels;
  const step = second - first;
  const isRegular = labels.every((label, at) => Math.abs(label - first - at * step) <= 1e-4 * Math.abs(step));
  return labels.length > 1 && isRegular ? step : undefined;
}

function shortNumber(value: number): number {
  return Number(value.toPrecision(8));
}
