import {
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  filledValues,
  isInsideGrid,
  joinedVersion,
  postableChunk,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { bytesOf } from "../block.ts";
import type { KeptIn } from "../kept-chunks.ts";
import { rechunked } from "../rechunked.ts";
import { WORTH_TRIP_BYTES } from "../value-worker.ts";
import { type EstimatedSource, estimateOf, joinedEstimate } from "../view/work-estimate.ts";
import { type EvaluateJob, evaluatedChunk } from "./expression-task.ts";
import { EVALUATE } from "./expression-worker.ts";
import { isLiteral, isNumberType } from "./number-types.ts";
import type { TypedExpression } from "./typed-expression.ts";

/** Decoded values that a formula is worked out of; dimensions of the same name have the same length. */
export interface Operand {
  readonly name: string;
  readonly dims: readonly (string | null)[];
  readonly source: ChunkSource;
}

export interface ElementwiseOptions {
  readonly expression: TypedExpression;
  /** In the order of the expression's indices. */
  readonly operands: readonly Operand[];
  readonly pool?: WorkerPool | undefined;
  readonly kept?: KeptIn | undefined;
}

/** Elements of one chunk: intermediate results have up to 8 bytes each, and there may be several. */
const MAX_ELEMENTS = 4 * 1024 * 1024;

interface Placed {
  readonly source: ChunkSource;
  /** Axis of the source for each axis of the result; -1 for none. */
  readonly from: readonly number[];
}

/** A formula over sources, element by element, along the dimensions of all of them in order of first use. */
export function elementwise(options: ElementwiseOptions): {
  readonly dims: readonly (string | null)[];
  readonly source: ChunkSource;
} {
  const { expression, operands, pool } = options;
  const { type } = expression;
  if (isLiteral(type)) throw new GatewayError("invalid_request", "a formula needs at least one variable");
  const { dims, grid } = commonGrid(operands);
  const placed = operands.map((operand, at) => place(operand, { dims, grid, kept: keptFor(options, at) }));
  const source: EstimatedSource = {
    dtype: type,
    grid,
    fill: type.startsWith("float") ? Number.NaN : null,
    estimate: (index) =>
      joinedEstimate(
        placed.map((_, at) => [at]),
        ([at = 0]) => estimateOf(sourceAt(placed, at), innerIndex(placed[at], index)),
      ),
    ...(placed.some(({ source: own }) => own.version) && {
      version: async (index, call) => {
        if (!isInsideGrid(grid, index)) return undefined;
        const ofPart = ([at = 0]: ChunkIndex): ReturnType<NonNullable<ChunkSource["version"]>> => {
          const { version } = sourceAt(placed, at);
          return version ? version(innerIndex(placed[at], index), call) : Promise.resolve({ version: "" });
        };
        return joinedVersion(
          { version: ofPart },
          placed.map((_, at) => [at]),
          call,
        );
      },
    }),
    async read(index, call = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const chunks = await Promise.all(placed.map((one) => readOperand(one, index, call)));
      const job = { expression, shape: clippedShape(grid, index) };
      return { ...(await worked(job, { chunks, placed, pool, call })), isExclusive: true };
    },
  };
  return { dims, source };
}

interface Work extends Pick<ElementwiseOptions, "pool"> {
  readonly chunks: readonly Chunk[];
  readonly placed: readonly Placed[];
  readonly call: CallOptions;
}

async function worked(
  job: Pick<EvaluateJob, "expression" | "shape">,
  { chunks, placed, pool, call }: Work,
): Promise<Chunk> {
  const bytes = chunks.reduce((sum, { values }) => sum + bytesOf(values), 0);
  const isSent =
    pool !== undefined && (bytes >= WORTH_TRIP_BYTES || 8 * elementCount(job.shape) >= WORTH_TRIP_BYTES);
  const transfer: ArrayBuffer[] = [];
  const operands = chunks.map((chunk, at) => {
    const { dtype } = sourceAt(placed, at);
    if (!isNumberType(dtype)) throw new GatewayError("internal", `${dtype} in a formula`);
    const posted = isSent ? postableChunk(chunk) : { value: chunk, transfer: [] };
    transfer.push(...posted.transfer);
    return { chunk: posted.value, dtype, from: placed[at]?.from ?? [] };
  });
  if (!isSent) return evaluatedChunk({ ...job, operands });
  return pool.run(EVALUATE, { ...job, operands }, { signal: call.signal, transfer, isLaterStep: true });
}

/** Dimensions of all operands, chunked as the largest of them that has the dimension. */
function commonGrid(operands: readonly Operand[]): {
  readonly dims: readonly (string | null)[];
  readonly grid: ChunkGrid;
} {
  const dims = [...new Set(operands.flatMap((operand) => operand.dims))];
  const bySize = operands.toSorted(
    (a, b) => elementCount(b.source.grid.shape) - elementCount(a.source.grid.shape),
  );
  const axes = dims.map((dim) => {
    const { dims: own = [], source } = bySize.find((operand) => operand.dims.includes(dim)) ?? {};
    const axis = own.indexOf(dim);
    return { length: source?.grid.shape[axis] ?? 1, chunk: source?.grid.chunkShape[axis] ?? 1 };
  });
  const chunkShape = axes.map(({ length, chunk }) => Math.max(1, Math.min(length, chunk)));
  for (let axis = 0; axis < chunkShape.length && elementCount(chunkShape) > MAX_ELEMENTS; axis += 1) {
    const others = elementCount(chunkShape) / (chunkShape[axis] ?? 1);
    chunkShape[axis] = Math.max(1, Math.floor(MAX_ELEMENTS / others));
  }
  return { dims, grid: { shape: axes.map(({ length }) => length), chunkShape } };
}

function place(
  { dims: own, source }: Operand,
  { dims, grid, kept }: { dims: readonly (string | null)[]; grid: ChunkGrid; kept: KeptIn | undefined },
): Placed {
  const chunkShape = own.map((dim) => grid.chunkShape[dims.indexOf(dim)] ?? 1);
  return { source: rechunked(source, { chunkShape, kept }), from: dims.map((dim) => own.indexOf(dim)) };
}

function keptFor({ kept, operands }: ElementwiseOptions, at: number): KeptIn | undefined {
  return kept && { cache: kept.cache, key: `${kept.key} ${at} ${operands[at]?.name ?? ""}` };
}

async function readOperand(placed: Placed, index: ChunkIndex, call: CallOptions): Promise<Chunk> {
  const { source } = placed;
  const inner = innerIndex(placed, index);
  const chunk = await source.read(inner, call);
  if (chunk !== undefined) return chunk;
  const shape = clippedShape(source.grid, inner);
  return { shape, values: filledValues(source.dtype, elementCount(shape), source.fill) };
}

function innerIndex(placed: Placed | undefined, index: ChunkIndex): ChunkIndex {
  if (placed === undefined) return [];
  const inner = placed.source.grid.shape.map(() => 0);
  for (const [at, axis] of placed.from.entries()) if (axis >= 0) inner[axis] = index[at] ?? 0;
  return inner;
}

function sourceAt(placed: readonly Placed[], at: number): ChunkSource {
  const one = placed[at];
  if (one === undefined) throw new GatewayError("internal", `there is no operand ${at}`);
  return one.source;
}
