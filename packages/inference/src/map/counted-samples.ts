import { constantSource } from "@zarr-gateway/compute";
import type { Dataset, Variable } from "@zarr-gateway/dataset";

/**
 * A dataset whose places along a dimension are days, for those whose labels are no times (months of a climatology, numbers
 * of scenes, units that are none): so that samples have an order, and random numbers a seed.
 */
export function countedSamples(dataset: Dataset, along: string, count: number): Dataset {
  const values = BigInt64Array.from({ length: count }, (_, place) => BigInt(place));
  const days: Variable = {
    name: along,
    dims: [along],
    attrs: { standard_name: "time", units: "days since 1970-01-01", calendar: "standard" },
    source: constantSource({ dtype: "int64", fill: null, shape: [count], values }),
  };
  return { ...dataset, variables: new Map([...dataset.variables, [along, days]]) };
}
