import { type Dataset, dimensionSizes, type Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { rechunked } from "../rechunked.ts";
import { mapGroups } from "./derived-dataset.ts";

/**
 * The same dataset with other chunk lengths along the named dimensions (-1: all of it), in every group. Dimensions that
 * are not named keep their chunks, and so do coordinates that are named like their dimension: every client reads those
 * whole. What can only be passed on as it is stored stays as it is.
 * @throws GatewayError invalid_request for a dimension that occurs nowhere
 */
export function rechunkedDataset(dataset: Dataset, chunks: Readonly<Record<string, number>>): Dataset {
  const lengths = new Map(Object.entries(chunks));
  const known = new Set<string>();
  const result = mapGroups(dataset, (group) => {
    for (const dim of dimensionSizes(group.variables.values()).keys()) known.add(dim);
    const variables = [...group.variables].map(
      ([name, variable]) => [name, rechunkedVariable(variable, lengths)] as const,
    );
    return { variables: new Map(variables) };
  });
  for (const dim of lengths.keys()) {
    if (!known.has(dim)) {
      throw new GatewayError(
        "invalid_request",
        `there is no dimension "${dim}"; the dataset has ${[...known].join(", ")}`,
      );
    }
  }
  return result;
}

function rechunkedVariable(variable: Variable, lengths: ReadonlyMap<string, number>): Variable {
  const { dims, name, source } = variable;
  if (source.storedOnly !== undefined || (dims.length === 1 && dims[0] === name)) return variable;
  const { shape, chunkShape: stored } = source.grid;
  const chunkShape = dims.map((dim, axis) => {
    const length = dim === null ? undefined : lengths.get(dim);
    return (length === -1 ? shape[axis] : length) ?? stored[axis] ?? 1;
  });
  return { ...variable, source: rechunked(source, { chunkShape }) };
}
