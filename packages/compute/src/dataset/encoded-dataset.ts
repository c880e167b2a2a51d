import { type Dataset, dimensionSizes, type Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { auxiliaryVariables } from "./auxiliary-variables.ts";
import { mapGroups } from "./derived-dataset.ts";
import { type EncodingWork, encodedVariable } from "./encoded-variable.ts";
import type { EncodeOptions, VariableEncoding } from "./variable-encoding.ts";

/**
 * For all variables, and for single ones, which come first. `chunks` of all leaves variables alone that are named like
 * their dimension, because every client reads those whole; `round` and `shards` of all concern data alone, not
 * coordinates, bounds and cell sizes.
 */
export interface DatasetEncoding extends Omit<VariableEncoding, "compressor"> {
  /** By name, in whatever group it is, or by path: `forecast/tas`. */
  readonly variables?: Readonly<Record<string, VariableEncoding>> | undefined;
}

/**
 * The same dataset in other chunks, rounded, recompressed or in shards.
 * @throws GatewayError invalid_request where it names what the dataset lacks or asks for what a variable cannot be
 */
export function encodedDataset(
  dataset: Dataset,
  encoding: DatasetEncoding,
  options: EncodeOptions = {},
): Dataset {
  const named = new Map(
    Object.entries(encoding.variables ?? {}).map(([key, value]) => [trimmed(key), value]),
  );
  const isAuxiliary = auxiliaryVariables(dataset);
  const unused = new Set(named.keys());
  const dims = new Set<string>();
  const result = mapGroups(dataset, (group, path) => {
    for (const dim of dimensionSizes(group.variables.values()).keys()) dims.add(dim);
    const variables = [...group.variables].map(([name, variable]) => {
      const place = [...path, name].join("/");
      const key = named.has(place) ? place : name;
      unused.delete(key);
      const isData = !isAuxiliary(name, variable);
      const work = planWork(variable, { place, isData, encoding, own: named.get(key) });
      return [name, encodedVariable(variable, work, options)] as const;
    });
    return { variables: new Map(variables) };
  });
  assertDimensions(encoding, dims);
  const [unknown] = unused;
  if (unknown !== undefined) throw noVariable(unknown, dataset);
  return result;
}

interface Planned {
  readonly place: string;
  readonly isData: boolean;
  readonly encoding: DatasetEncoding;
  readonly own: VariableEncoding | undefined;
}

/** What is to be done to one variable: its own wishes, then those for all that concern it. */
function planWork(variable: Variable, { place, isData, encoding, own = {} }: Planned): EncodingWork {
  const isIndex = variable.dims.length === 1 && variable.dims[0] === variable.name;
  return {
    place,
    chunks: { ...(isIndex ? {} : encoding.chunks), ...own.chunks },
    shards: { ...(isData ? encoding.shards : {}), ...own.shards },
    round: own.round ?? (isData ? encoding.round : undefined),
    compressor: own.compressor,
    own,
  };
}

function assertDimensions({ chunks, shards }: DatasetEncoding, known: ReadonlySet<string>): void {
  for (const dim of Object.keys({ ...chunks, ...shards })) {
    if (known.has(dim)) continue;
    const names = [...known].join(", ");
    throw new GatewayError("invalid_request", `there is no dimension "${dim}"; the dataset has ${names}`);
  }
}

function noVariable(key: string, dataset: Dataset): GatewayError {
  const known = [...dataset.variables.keys()].slice(0, 50).join(", ");
  return new GatewayError("invalid_request", `there is no variable "${key}"; the dataset has ${known}`);
}

function trimmed(key: string): string {
  return key.replace(/^\/+/, "");
}
