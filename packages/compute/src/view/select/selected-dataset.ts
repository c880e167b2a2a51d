import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { derivedDataset } from "../../dataset/derived-dataset.ts";
import { withCoordinates } from "../../dataset/with-coordinates.ts";
import type { ViewContext } from "../view-operation.ts";
import type { AxisSelection } from "./axis-selection.ts";
import { selected } from "./selected.ts";

/** All variables with what is taken along some dimensions; coordinates stay coordinates, also those that become scalars. */
export function selectedDataset(
  dataset: Dataset,
  selections: ReadonlyMap<string, AxisSelection>,
  context: ViewContext,
): Dataset {
  const variables = new Map<string, Variable>();
  for (const [name, variable] of dataset.variables) {
    const changed = selectedVariable(variable, selections, context);
    if (changed !== undefined) variables.set(name, changed);
  }
  const result = derivedDataset(dataset, { variables });
  return derivedDataset(result, withCoordinates(result, coordinateNames(dataset)));
}

/** undefined: its chunks can only be passed on, and do not line up. */
function selectedVariable(
  variable: Variable,
  selections: ReadonlyMap<string, AxisSelection>,
  { pool, cache, key }: ViewContext,
): Variable | undefined {
  const { name, dims, encoding } = variable;
  const axes = dims.map((dim) => (dim === null ? undefined : selections.get(dim)));
  if (axes.every((selection) => selection === undefined)) return variable;
  const kept = cache && { cache, key: `${key} ${name}` };
  const source = selected(variable.source, { axes, pool, kept });
  if (source.storedOnly !== undefined && source.stored === undefined) return undefined;
  const { encoding: _before, ...rest } = variable;
  return {
    ...rest,
    dims: dims.filter((_, axis) => axes[axis]?.isDropped !== true),
    source,
    // shards of the source are none of the selection's
    ...(encoding?.compressor && { encoding: { compressor: encoding.compressor } }),
  };
}
