import { type Dataset, dimensionSizes, type Variable } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { coordinateLabels } from "../view/coordinate-labels.ts";
import type { AxisSelection } from "../view/select/axis-selection.ts";
import { positionsSelection } from "../view/select/axis-selection.ts";
import { selectedDataset } from "../view/select/selected-dataset.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext } from "../view/view-operation.ts";

interface Keys {
  /** What their kind is; labels of different kinds have nothing in common. */
  readonly kind: string;
  readonly values: readonly (number | bigint | string)[];
}

/**
 * Two datasets with the labels that both have along every dimension they share, in the order of the first: xarray's
 * `arithmetic_join="inner"`.
 * @param at position of the other dataset in the view, for complaints
 * @throws GatewayError invalid_request naming the dimension that does not fit
 */
export async function alignedDatasets(
  first: Dataset,
  other: Dataset,
  { at, context }: { readonly at: number; readonly context: ViewContext },
): Promise<readonly [Dataset, Dataset]> {
  const sizes = dimensionSizes(first.variables.values());
  const otherSizes = dimensionSizes(other.variables.values());
  const selections = [new Map<string, AxisSelection>(), new Map<string, AxisSelection>()] as const;
  for (const [dim, size] of sizes) {
    const otherSize = otherSizes.get(dim);
    if (otherSize === undefined) continue;
    const [own, others] = [indexOf(first, dim), indexOf(other, dim)];
    if (own === undefined || others === undefined) {
      if (size === otherSize) continue;
      throw viewError(
        `"${dim}" has ${size} positions here and ${otherSize} in the other dataset, and no labels to match them by`,
        at,
      );
    }
    const pairs = await commonPositions(own, others, { at, context });
    if (pairs === undefined) continue;
    selections[0].set(dim, positionsSelection(pairs[0]));
    selections[1].set(dim, positionsSelection(pairs[1]));
  }
  const key = `${context.key} other`;
  return [
    selections[0].size === 0 ? first : selectedDataset(first, selections[0], context),
    selections[1].size === 0 ? other : selectedDataset(other, selections[1], { ...context, key }),
  ];
}

function indexOf({ variables }: Dataset, dim: string): Variable | undefined {
  const variable = variables.get(dim);
  return variable?.dims.length === 1 && variable.dims[0] === dim ? variable : undefined;
}

/** Positions of the labels that both have; undefined where all are the same already. */
async function commonPositions(
  own: Variable,
  others: Variable,
  { at, context }: { readonly at: number; readonly context: ViewContext },
): Promise<readonly [number[], number[]] | undefined> {
  const [left, right] = [await keysOf(own, context), await keysOf(others, context)];
  const { name } = own;
  if (left.kind !== right.kind)
    throw viewError(`labels of "${name}" are ${left.kind} here and ${right.kind} in the other dataset`, at);
  const { length } = left.values;
  if (
    length === right.values.length &&
    left.values.every((key, position) => Object.is(key, right.values[position]))
  )
    return undefined;
  const positions = positionsByKey(right, name, at);
  positionsByKey(left, name, at);
  const pairs: [number[], number[]] = [[], []];
  for (const [position, key] of left.values.entries()) {
    const found = positions.get(key);
    if (found === undefined) continue;
    pairs[0].push(position);
    pairs[1].push(found);
  }
  if (pairs[0].length === 0) throw viewError(`the datasets have no label of "${name}" in common`, at);
  return pairs;
}

function positionsByKey({ values }: Keys, name: string, at: number): Map<number | bigint | string, number> {
  const positions = new Map(values.map((key, position) => [key, position]));
  if (positions.size < values.length)
    throw viewError(`labels of "${name}" differ, and cannot be matched because some occur twice`, at);
  return positions;
}

async function keysOf(variable: Variable, options: CallOptions): Promise<Keys> {
  const labels = await coordinateLabels(variable, options);
  switch (labels.kind) {
    case "instants":
      return {
        kind: `times of the calendar ${labels.calendar === "standard" ? "proleptic_gregorian" : labels.calendar}`,
        values: Array.from(labels.days, (day, at) => `${day} ${labels.nanoseconds[at] ?? 0}`),
      };
    case "strings":
      return { kind: "text", values: labels.values };
    default:
      return { kind: "numbers", values: Array.from(labels.values, Number) };
  }
}
