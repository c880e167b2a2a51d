import {
  type Conversion,
  type KeptIn,
  type RechunkOptions,
  rechunked,
  valueCodingOf,
} from "@zarr-gateway/compute";
import {
  type Chunk,
  type ChunkSource,
  type ChunkVersion,
  clippedShape,
  elementCount,
  filledValues,
  joinedVersion,
  postableChunk,
  type Variable,
} from "@zarr-gateway/dataset";
import {
  type CallOptions,
  GatewayError,
  isGatewayError,
  mapConcurrently,
  type Transferred,
  type WorkerPool,
} from "@zarr-gateway/primitives";
import type { ModelVariable } from "../../model-package.ts";
import type { AnalysisTimes } from "../match/analysis-times.ts";
import type { AxisPlan, SpacePlan } from "../match/space-context.ts";
import { type Field, type FieldJob, type FieldPiece, madeField } from "./field-job.ts";
import { MAKE_FIELD } from "./initial-field-worker.ts";

/** One of the model's variables in the analysis. */
export interface FieldPlan {
  readonly wanted: ModelVariable;
  readonly variable: Variable;
  readonly space: SpacePlan;
  readonly conversion: Conversion | undefined;
  /** undefined: the same at all times. */
  readonly times: AnalysisTimes | undefined;
}

export interface ReadServices {
  readonly pool?: WorkerPool | undefined;
  /** Where chunks of the analysis are kept of which several times need a part. */
  readonly kept?: KeptIn | undefined;
}

/** One of the model's variables at each of `times.instants`. */
export interface FieldReader {
  read(time: number, options?: CallOptions): Promise<Field>;
  /** Of what `read` reads, without reading it; absent where the analysis's chunks have none. */
  version?(time: number, options?: CallOptions): Promise<ChunkVersion | undefined>;
}

const MAX_CONCURRENT = 4;

/** Chunks of the analysis become whole fields first; what they hold is worked out on another thread. */
export function fieldReader(plan: FieldPlan, { pool, kept }: ReadServices): FieldReader {
  const { variable, space, wanted, conversion } = plan;
  const levelAxis = space.levels?.axis;
  const grid = space.grid.map(({ axis = 0, positions }) => ({ axis, positions }));
  const { shape, chunkShape } = variable.source.grid;
  const source = wholeFields(wanted.name, variable.source, {
    chunkShape: shape.map((length, axis) => {
      if (grid.some((one) => one.axis === axis)) return length;
      return axis === levelAxis ? (chunkShape[axis] ?? 1) : 1;
    }),
    pool,
    kept: kept && { ...kept, key: `${kept.key} ${variable.name}` },
  });
  const parts = levelParts(
    space.levels,
    levelAxis === undefined ? 1 : (source.grid.chunkShape[levelAxis] ?? 1),
  );
  const job: Omit<FieldJob, "pieces"> = {
    coding: valueCodingOf(source.dtype, variable.attrs),
    conversion,
    levelAxis,
    levelCount: space.levels?.positions.length ?? 1,
    grid,
    missingAs: typeof wanted.nan === "number" ? wanted.nan : undefined,
  };
  const indexOf = (time: number, chunk: number): number[] =>
    chunkAt(plan, time).map((place, axis) => (axis === levelAxis ? chunk : place));
  const read: FieldReader["read"] = async (time, { signal, client } = {}) => {
    const transfer: ArrayBuffer[] = [];
    const pieces = await mapConcurrently(
      parts,
      MAX_CONCURRENT,
      async ({ chunk, levels }): Promise<FieldPiece> => {
        signal?.throwIfAborted();
        const posted = await postedChunk(source, indexOf(time, chunk), { signal, client });
        transfer.push(...posted.transfer);
        return { ...posted.value, levels };
      },
    );
    signal?.throwIfAborted();
    if (pool === undefined) return madeField({ ...job, pieces });
    return pool.run(MAKE_FIELD, { ...job, pieces }, { signal, transfer, isLaterStep: true });
  };
  if (source.version === undefined) return { read };
  return {
    read,
    version: (time, options) =>
      joinedVersion(
        source,
        parts.map(({ chunk }) => indexOf(time, chunk)),
        options,
      ),
  };
}

/** @throws GatewayError unsupported where a field has too many chunks */
function wholeFields(name: string, source: ChunkSource, options: RechunkOptions): ChunkSource {
  try {
    return rechunked(source, options);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new GatewayError(
      error.code,
      `initial conditions, "${name}": ${error.message}`,
      error.details,
      error,
    );
  }
}

/** What was never written reads as the fill value, which may stand for missing. */
async function postedChunk(
  source: ChunkSource,
  index: readonly number[],
  options: CallOptions,
): Promise<Transferred<Chunk>> {
  const chunk = await source.read(index, options);
  if (chunk !== undefined) return postableChunk(chunk);
  const shape = clippedShape(source.grid, index);
  const values = filledValues(source.dtype, elementCount(shape), source.fill);
  return postableChunk({ shape, values, isExclusive: true });
}

/** Which levels come from which chunk along their dimension. */
function levelParts(
  levels: AxisPlan | undefined,
  length: number,
): { readonly chunk: number; readonly levels: { readonly to: number; readonly from: number }[] }[] {
  const parts = new Map<number, { to: number; from: number }[]>();
  for (const [to, position] of (levels?.positions ?? Int32Array.of(0)).entries()) {
    const chunk = Math.floor(position / length);
    const own = parts.get(chunk) ?? [];
    own.push({ to, from: position - chunk * length });
    parts.set(chunk, own);
  }
  return Array.from(parts, ([chunk, own]) => ({ chunk, levels: own }));
}

/** Index of the chunk of a time; dimensions of length 1 have a single one. */
function chunkAt({ variable, times }: FieldPlan, time: number): number[] {
  return variable.dims.map((dim) => {
    if (dim === null || times === undefined) return 0;
    return dim === times.dim ? placeOf(times, time) : (times.fixed.get(dim) ?? 0);
  });
}

function placeOf({ positions }: AnalysisTimes, time: number): number {
  return positions === undefined ? time : (positions[time] ?? 0);
}
