import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { decodedVariable, withInheritedUnits } from "../../decoded/decoded-variable.ts";
import type { KeptIn } from "../../kept-chunks.ts";
import type { Token } from "../../view/select/selector.ts";
import type { ViewContext } from "../../view/view-operation.ts";
import { changedVariables, nothingAlong } from "./changed-variables.ts";
import { namedDimensions } from "./dimension-names.ts";

/** A decoded variable that lies along the dimension, and where. */
export interface AlongDimension {
  readonly variable: Variable;
  readonly axis: number;
  readonly pool: ViewContext["pool"];
  readonly kept: KeptIn | undefined;
}

export interface AlongChange {
  /** Named in messages. */
  readonly action: string;
  /** undefined where the operation means nothing for the values. */
  data(along: AlongDimension): Variable | undefined;
  coordinate(variable: Variable): Variable | undefined;
}

/** A dataset whose data along one dimension are changed; what does not lie along it stays as it is. */
export function changedAlong(
  input: Dataset,
  name: Token,
  change: AlongChange,
  context: ViewContext,
): Dataset {
  const dims = namedDimensions(input, [name]);
  const { pool, cache, key } = context;
  let isComputed = false;
  const result = changedVariables(input, {
    coordinate: (variable) => change.coordinate(variable),
    data(variable) {
      const axis = variable.dims.indexOf(name.text);
      if (axis < 0) return variable;
      if (variable.source.storedOnly !== undefined) return undefined;
      const decoded = decodedVariable(withInheritedUnits(variable, input), { pool });
      const kept = cache && { cache, key: `${key} ${variable.name} decoded` };
      const changed = change.data({ variable: decoded, axis, pool, kept });
      isComputed ||= changed !== undefined;
      return changed;
    },
  });
  if (!isComputed) throw nothingAlong(change.action, dims, name.at);
  return result;
}
