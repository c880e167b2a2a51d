import type { DatasetDescription, DataType, VariableDescription } from "@zarr-gateway/dataset";

const DRAWN_TYPES = /^(bool|u?int(8|16|32|64)|float(16|32|64))$/;

/** True for numbers. */
export function isDrawnType(dtype: DataType): boolean {
  return DRAWN_TYPES.test(dtype);
}

/** True for variables with something to draw, as far as their description tells. */
export function isDrawable({ isCoordinate, dtype, shape }: VariableDescription): boolean {
  return !isCoordinate && isDrawnType(dtype) && !shape.includes(0) && shape.some((length) => length > 1);
}

/** Names that models give to what never changes, or to what says how good the rest is. */
const AUXILIARY =
  /(^|_)(mask|flags?|quality|qc|status|area|areacell[ao]|sftlf|orog|crs|count|weights?)($|_)/i;

/** The variable that says most about a dataset: fields on the ground first, those that change in time before others. */
export function mainVariable(description: DatasetDescription): VariableDescription | undefined {
  const ranked = description.variables
    .filter(isDrawable)
    .map((variable) => ({ variable, rank: rankOf(variable, description) }));
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (best, next) => (best === undefined || next.rank > best.rank ? next : best),
    undefined,
  )?.variable;
}

function rankOf(
  { path, dims }: VariableDescription,
  { dimensions, space, variables }: DatasetDescription,
): number {
  const kindOf = (dim: string) => dimensions.find(({ name }) => name === dim);
  const along = (axis: "x" | "y"): boolean => dims.some((dim) => kindOf(dim)?.axis === axis);
  const places = variables.find((variable) => variable.path === space?.longitude)?.dims ?? [];
  const isOnGround =
    (along("x") && along("y")) || (places.length > 0 && places.every((dim) => dims.includes(dim)));
  const isInTime = dims.some((dim) => kindOf(dim)?.kind === "temporal");
  const isAuxiliary = AUXILIARY.test(path.split("/").at(-1) ?? "");
  return (isAuxiliary ? 0 : 4) + (isOnGround ? 8 : 0) + (isInTime ? 2 : 0) + (dims.length > 1 ? 1 : 0);
}
