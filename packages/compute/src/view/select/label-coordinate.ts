import {
  coordinateNames,
  type Dataset,
  dimensionSizes,
  leadUnit,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { coordinateLabels } from "../coordinate-labels.ts";
import { viewError } from "../view-call.ts";
import { type Named, unknownName } from "./dimension-arguments.ts";
import { type LabelAxis, labelAxis } from "./label-axis.ts";

/** A dimension and the coordinate that tells its labels. */
export interface LabelledDimension {
  readonly dimension: string;
  readonly axis: LabelAxis;
}

/**
 * The dimension that an argument names: by itself, or by a coordinate along it. Reads that coordinate.
 * @throws GatewayError invalid_request for what has no labels, and what has two dimensions
 */
export async function labelledDimension(
  dataset: Dataset,
  { key, at }: Named<unknown>,
  options: CallOptions,
): Promise<LabelledDimension> {
  const coordinate = labelCoordinate(dataset, { key, at });
  const [dimension] = coordinate.dims;
  if (typeof dimension !== "string")
    throw viewError(`"${key}" is a single value: there is nothing to select`, at);
  // without a calendar a month has no length
  return {
    dimension,
    axis: labelAxis(await coordinateLabels(coordinate, options), leadUnit(coordinate, "standard")),
  };
}

function labelCoordinate(
  dataset: Dataset,
  { key, at }: { readonly key: string; readonly at: number },
): Variable {
  const sizes = dimensionSizes(dataset.variables.values());
  const names = coordinateNames(dataset);
  const variable = dataset.variables.get(key);
  if (variable === undefined) {
    if (sizes.has(key))
      throw viewError(`the dimension "${key}" has no coordinate: isel(${key}=0) selects by position`, at);
    throw unknownName("dimension or coordinate", { name: key, at }, [
      ...new Set([...sizes.keys(), ...names]),
    ]);
  }
  const { dims } = variable;
  if (dims.length > 1) {
    const where = dims.map((dim) => dim ?? "?").join(", ");
    throw viewError(
      `"${key}" has ${dims.length} dimensions (${where}): select along them by position, as in isel(${dims[0] ?? "x"}=0:10)`,
      at,
    );
  }
  if (!names.has(key)) throw viewError(`"${key}" is no coordinate`, at);
  if (variable.source.storedOnly !== undefined)
    throw viewError(`"${key}" is stored with a codec that is not known here`, at);
  return variable;
}
