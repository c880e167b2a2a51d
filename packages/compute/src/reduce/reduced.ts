import {
  type Chunk,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type DataType,
  type FillValue,
  isInsideGrid,
  isTimeType,
  joinedVersion,
  type Values,
} from "@zarr-gateway/dataset";
import { createLimiter, GatewayError } from "@zarr-gateway/primitives";
import { type EstimatedSource, estimateOf, summed, type WorkEstimate } from "../view/work-estimate.ts";
import { NOT_A_TIME } from "./accumulation/wholes.ts";
import type { ReduceOptions } from "./reduce-options.ts";
import { type PlannedParts, plannedParts } from "./reduce-plan.ts";
import { bytesOfElements, reduceWork } from "./reduce-work.ts";
import { resultType } from "./result-type.ts";
import { spareAccumulators } from "./shared-accumulator.ts";
import { resultsAtOnce, streamed } from "./stream.ts";

/** More reads than this for one chunk take longer than any client waits. */
const MAX_PARTS = 1_000_000;
/** Estimates of sources that compute are added up to here, and taken from the first beyond. */
const MAX_ESTIMATED = 1000;

/**
 * Many values as one, skipping missing ones as xarray does: sums in float64, rounded once to xarray's result type. Chunks
 * of the source are added to accumulators as they come, on other threads; each is read for one chunk of the result only.
 * The same source always gives the same bits, whatever the number of threads.
 * @throws GatewayError invalid_request where the action means nothing for the type; unsupported where too much is needed
 * at once
 */
export function reduced(source: ChunkSource, options: ReduceOptions): EstimatedSource {
  const own = resultType(options.action, source.dtype);
  const dtype = own?.startsWith("float") === true ? (options.resultType ?? own) : own;
  if (dtype === undefined) {
    throw new GatewayError("invalid_request", `there is no ${options.action} of ${source.dtype} values`);
  }
  const work = reduceWork(source, options);
  const outer = typeof options.quantiles === "object" ? [options.quantiles.length] : [];
  const { shape, chunkShape } = work.shape.grid;
  const grid = { shape: [...outer, ...shape], chunkShape: [...outer, ...chunkShape] };
  const partsOf = (index: ChunkIndex): PlannedParts =>
    boundedParts(plannedParts(work.shape, index, work.factorSteps));
  const limiter = createLimiter(resultsAtOnce(source, work.shape));
  const spare = spareAccumulators();
  return {
    dtype,
    grid,
    fill: fillOf(dtype),
    estimate: (index) => estimated(source, partsOf(index.slice(outer.length))),
    ...(source.version && {
      async version(index, call) {
        if (!isInsideGrid(grid, index)) return undefined;
        const parts = partsOf(index.slice(outer.length));
        const indices = Array.from({ length: parts.count }, (_, position) => parts.indexAt(position));
        return joinedVersion(source, indices, call);
      },
    }),
    async read(index, call = {}): Promise<Chunk | undefined> {
      if (!isInsideGrid(grid, index)) return undefined;
      const own = index.slice(outer.length);
      const parts = partsOf(own);
      const { factors } = work;
      const job = { source, parts, factors, dtype, pool: options.pool, spare };
      const stream = (): Promise<Values> =>
        streamed({ ...job, method: work.methodOf(own), counts: work.countsOf(own) }, call);
      const values = await spare.during(() => limiter.run(stream, call));
      return { shape: clippedShape(grid, index), values, isExclusive: true };
    },
  };
}

function boundedParts(parts: PlannedParts): PlannedParts {
  if (parts.count <= MAX_PARTS) return parts;
  throw new GatewayError(
    "unsupported",
    `one chunk of the result would be made of ${parts.count} chunks, at most ${MAX_PARTS} are read for one`,
  );
}

function estimated(source: ChunkSource, parts: PlannedParts): WorkEstimate {
  if (!("estimate" in source) && source.made === undefined) {
    return { chunks: parts.count, bytes: bytesOfElements(source.dtype, parts.elements) };
  }
  const looked = Math.min(parts.count, MAX_ESTIMATED);
  const { chunks, bytes, made } = summed(
    Array.from({ length: looked }, (_, position) => estimateOf(source, parts.indexAt(position))),
  );
  const share = looked === 0 ? 0 : parts.count / looked;
  return { chunks: Math.round(chunks * share), bytes: Math.round(bytes * share), ...(made && { made }) };
}

/** What missing chunks would read as; there are none. */
function fillOf(dtype: DataType): FillValue {
  if (isTimeType(dtype)) return NOT_A_TIME;
  if (dtype.startsWith("float")) return Number.NaN;
  if (dtype === "bool") return false;
  return dtype.endsWith("64") ? 0n : 0;
}
