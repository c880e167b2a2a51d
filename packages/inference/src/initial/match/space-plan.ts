import type { Variable } from "@zarr-gateway/dataset";
import type { GridAxis, ModelVariable } from "../../model-package.ts";
import { dimensionKind, kindOfAxis } from "./dimension-kind.ts";
import { gridPositions } from "./grid-positions.ts";
import { levelPlan } from "./level-plan.ts";
import type { AxisPlan, SpaceContext, SpacePlan } from "./space-context.ts";

/** Levels and grid of one variable; undefined where something is wrong, which is among the problems then. */
export async function spacePlan(
  variable: Variable,
  wanted: ModelVariable,
  context: SpaceContext,
): Promise<SpacePlan | undefined> {
  const { model, problems } = context;
  const dims = model.grid.map((axis) => gridDimension(variable, axis, context));
  const missing = model.grid.filter((_, at) => dims[at] === undefined);
  if (missing.length > 0) {
    problems.add(
      `"${wanted.name}": "${variable.name}" has the dimensions (${variable.dims.join(", ")}), none of which is the model's ${missing.map(({ name }) => `"${name}"`).join(" or ")}`,
    );
    return undefined;
  }
  const grid: AxisPlan[] = [];
  for (const [at, axis] of model.grid.entries()) {
    const place = variable.dims.indexOf(dims[at] ?? "");
    const positions = await knownPositions(axis, { variable, place }, context);
    if (positions !== undefined) grid.push({ axis: place, positions });
  }
  const levels = wanted.levels === undefined ? undefined : await levelPlan(variable, wanted, context);
  const isComplete = grid.length === dims.length && (wanted.levels === undefined || levels !== undefined);
  return isComplete ? { grid, ...(levels && { levels }) } : undefined;
}

/** Called as the model calls it, or of the kind that the model's name stands for. */
export function gridDimension(
  { dims }: Variable,
  { name }: GridAxis,
  { dataset }: Pick<SpaceContext, "dataset">,
): string | undefined {
  if (dims.includes(name)) return name;
  const kind = kindOfAxis(name);
  const found = dims.filter(
    (dim) => dim !== null && kind !== undefined && dimensionKind(dataset, dim) === kind,
  );
  return found.length === 1 ? (found[0] ?? undefined) : undefined;
}

async function knownPositions(
  axis: GridAxis,
  { variable, place }: { readonly variable: Variable; readonly place: number },
  context: SpaceContext,
): Promise<Int32Array | undefined> {
  const dim = variable.dims[place] ?? "";
  const key = `${axis.name} ${dim}`;
  if (context.known.has(key)) return context.known.get(key);
  const length = variable.source.grid.shape[place] ?? 0;
  const positions = await gridPositions(axis, { dim, length }, context);
  context.known.set(key, positions);
  return positions;
}
