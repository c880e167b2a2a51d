import { decodedVariable } from "@zarr-gateway/compute";
import {
  type ChunkSource,
  chunkIndices,
  clippedShape,
  elementCount,
  type FillValue,
  isStringValues,
  type Values,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { niceTicks } from "./chart.ts";
import type { DerivedArray } from "./derived-array.ts";
import type { WantedVariable } from "./statistics.ts";
import { viewId, viewName } from "./view-id.ts";

/** Values looked at before others get a turn. */
const TURN = 200_000;
const BINS_A_TICK = 10;

/** How many values lie in bins of round width between the least and the greatest; the last bin holds its upper edge. */
export async function histogramOf(wanted: WantedVariable, options: CallOptions): Promise<DerivedArray> {
  const { id, dataset, name } = wanted;
  const variable = dataset.variables.get(name);
  if (variable === undefined) throw new GatewayError("not_found", `Variable '${name}' not found in dataset`);
  const edge = async (action: "min" | "max"): Promise<number> => {
    const { elements } = await wanted.read(viewId(id, [`vars(${viewName(name)})`, `${action}()`]));
    return typeof elements[0] === "number" ? elements[0] : 0;
  };
  const ticks = niceTicks(await edge("min"), await edge("max"));
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const bins = Math.max(1, (ticks.length - 1) * BINS_A_TICK);
  const counts = await counted(decodedVariable(variable).source, { low, high, bins }, options);
  const width = (high - low) / bins;
  const centres = Array.from({ length: bins }, (_, at) => Number((low + (at + 0.5) * width).toPrecision(12)));
  const { units, long_name: longName } = variable.attrs;
  return {
    name: "count",
    dims: ["bin"],
    shape: [bins],
    elements: [...counts],
    coords: [
      {
        name: "bin",
        dims: ["bin"],
        labels: centres,
        attrs: { ...(units !== undefined && { units }), width },
      },
    ],
    attrs: { long_name: `values of ${typeof longName === "string" ? longName : name}` },
  };
}

interface Bins {
  readonly low: number;
  readonly high: number;
  readonly bins: number;
}

async function counted(source: ChunkSource, bins: Bins, options: CallOptions): Promise<Float64Array> {
  const counts = new Float64Array(bins.bins);
  for (const index of chunkIndices(source.grid)) {
    options.signal?.throwIfAborted();
    const chunk = await source.read(index, options);
    if (chunk === undefined) countFill(source, index, bins, counts);
    else await countValues(chunk.values, bins, counts);
  }
  return counts;
}

async function countValues(values: Values, { low, high, bins }: Bins, counts: Float64Array): Promise<void> {
  if (isStringValues(values)) return;
  const factor = bins / (high - low);
  for (let from = 0; from < values.length; from += TURN) {
    const to = Math.min(values.length, from + TURN);
    for (let at = from; at < to; at += 1) {
      const value = Number(values[at]);
      if (!(value >= low && value <= high)) continue;
      const bin = Math.min(bins - 1, Math.floor((value - low) * factor));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A chunk that was never written holds its fill value in every place. */
function countFill(
  { grid, fill }: ChunkSource,
  index: readonly number[],
  { low, high, bins }: Bins,
  counts: Float64Array,
): void {
  const value = numberOf(fill);
  if (value === undefined || !(value >= low && value <= high)) return;
  const bin = Math.min(bins - 1, Math.floor(((value - low) * bins) / (high - low)));
  counts[bin] = (counts[bin] ?? 0) + elementCount(clippedShape(grid, index));
}

function numberOf(fill: FillValue | null): number | undefined {
  return typeof fill === "number" || typeof fill === "bigint" ? Number(fill) : undefined;
}
