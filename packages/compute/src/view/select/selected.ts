import {
  bytesPerElement,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  elementCount,
  indexAt,
  isInsideGrid,
  joinedVersion,
} from "@zarr-gateway/dataset";
import type { CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { assembled, type Piece, type Pieces } from "../../assembly.ts";
import { type KeptIn, keptChunks } from "../../kept-chunks.ts";
import { type EstimatedSource, estimateOf, joinedEstimate } from "../work-estimate.ts";
import { type AxisSelection, chunksTouched, type Segment, segmentsOf, wholeAxis } from "./axis-selection.ts";
import { passesAlong, selectedStored } from "./selected-stored.ts";

export interface SelectOptions {
  /** One a dimension; undefined: all of it. */
  readonly axes: readonly (AxisSelection | undefined)[];
  readonly pool?: WorkerPool | undefined;
  /** Where source chunks are kept of which several chunks need a part. */
  readonly kept?: KeptIn | undefined;
}

/** Short arrays along one dimension are read whole by every client, so that they are one chunk. */
const WHOLE_BYTES = 1024 * 1024;
const WHOLE_CHUNKS = 1024;
const MAX_CONCURRENT = 8;

/**
 * A part of the values: ranges, steps, lists and single positions of each dimension; those of single positions go.
 * Stored chunks pass untouched where they line up; otherwise a chunk reads the source chunks that it overlaps, each once.
 */
export function selected(source: ChunkSource, options: SelectOptions): ChunkSource {
  const { dtype, fill } = source;
  const axes = source.grid.shape.map((length, axis) => options.axes[axis] ?? wholeAxis(length));
  const stored = selectedStored(source, axes);
  const grid = selectedGrid(source, axes, stored !== undefined);
  const kept = axes.map((_, axis) => axis).filter((axis) => axes[axis]?.isDropped !== true);
  const outer: ChunkGrid = {
    shape: kept.map((axis) => grid.shape[axis] ?? 1),
    chunkShape: kept.map((axis) => grid.chunkShape[axis] ?? 1),
  };
  const base = {
    dtype,
    fill,
    grid: outer,
    ...(stored && { stored }),
    ...(stored && source.isAssembled && { isAssembled: true as const }),
  };
  if (source.storedOnly !== undefined)
    return { ...base, storedOnly: source.storedOnly, read: (index, call) => source.read(index, call) };
  const inner = (index: ChunkIndex): ChunkIndex => {
    const full = axes.map(() => 0);
    for (const [position, axis] of kept.entries()) full[axis] = index[position] ?? 0;
    return full;
  };
  const plan = { source, axes, grid };
  const read = sourceReader(plan, options.kept);
  const result: EstimatedSource = {
    ...base,
    ...(source.version && {
      version: async (index, call) => {
        if (!isInsideGrid(outer, index)) return undefined;
        return joinedVersion(source, touchedBy(plan, inner(index)), call);
      },
    }),
    estimate: (index) => joinedEstimate(touchedBy(plan, inner(index)), (chunk) => estimateOf(source, chunk)),
    async read(index, { signal, client } = {}) {
      if (!isInsideGrid(outer, index)) return undefined;
      const full = inner(index);
      const shape = clippedShape(grid, full);
      const chunk = await assembled(piecesOf(plan, full, read()), {
        target: { dtype, fill, shape },
        maxConcurrent: MAX_CONCURRENT,
        pool: options.pool,
        signal,
        client,
      });
      return chunk && { ...chunk, shape: clippedShape(outer, index) };
    },
  };
  return result;
}

interface SelectionPlan {
  readonly source: ChunkSource;
  readonly axes: readonly AxisSelection[];
  /** Of the result, with the dimensions that go. */
  readonly grid: ChunkGrid;
}

/** Chunks of the result, as large as those of the source or as what is taken of each of them. */
function selectedGrid(source: ChunkSource, axes: readonly AxisSelection[], passes: boolean): ChunkGrid {
  const { chunkShape } = source.grid;
  const shape = axes.map(({ length }) => length);
  const isWhole = !passes && isReadWhole(source, axes);
  return {
    shape,
    chunkShape: axes.map((selection, axis) => {
      const chunk = chunkShape[axis] ?? 1;
      if (isWhole) return selection.length;
      if (passes || passesAlong(selection, chunk)) return selection.isDropped ? 1 : chunk;
      const isDense = selection.runs.every(({ step }) => Math.abs(step) === 1) && selection.runs.length <= 4;
      const length = isDense ? chunk : Math.ceil(selection.length / chunksTouched(selection, chunk).size);
      return Math.max(1, Math.min(chunk, length, selection.length));
    }),
  };
}

function isReadWhole({ dtype, grid }: ChunkSource, axes: readonly AxisSelection[]): boolean {
  const lengths = axes.filter(({ isDropped }) => !isDropped).map(({ length }) => length);
  if (lengths.length > 1 || axes.length > 1) return false;
  const bytes = elementCount(lengths) * (bytesPerElement(dtype) ?? 16);
  return bytes <= WHOLE_BYTES && elementCount(chunkCounts(grid)) <= WHOLE_CHUNKS;
}

/** What of each source chunk goes into one chunk of the result. */
function segmentsAlong({ source, axes, grid }: SelectionPlan, index: ChunkIndex): Segment[][] {
  const shape = clippedShape(grid, index);
  return axes.map((selection, axis) => {
    const start = (index[axis] ?? 0) * (grid.chunkShape[axis] ?? 1);
    return segmentsOf(
      selection,
      { start, end: start + (shape[axis] ?? 0) },
      source.grid.chunkShape[axis] ?? 1,
    );
  });
}

/** Source chunks that one chunk of the result needs, each once. */
function touchedBy(plan: SelectionPlan, index: ChunkIndex): ChunkIndex[] {
  const chunks = segmentsAlong(plan, index).map((segments) => [
    ...new Set(segments.map(({ chunk }) => chunk)),
  ]);
  return chunks.reduce<number[][]>(
    (all, own) => all.flatMap((before) => own.map((chunk) => [...before, chunk])),
    [[]],
  );
}

function piecesOf(plan: SelectionPlan, index: ChunkIndex, read: ChunkSource["read"]): Pieces {
  const along = segmentsAlong(plan, index);
  const isPlain = along.every((segments) => segments.every(({ step }) => step === 1));
  const counts = along.map(({ length }) => length);
  return {
    count: elementCount(counts),
    at(position): Piece {
      const part = indexAt(counts, position)
        .map((place, axis) => along[axis]?.[place])
        .filter((segment) => segment !== undefined);
      return {
        from: part.map(({ from }) => from),
        to: part.map(({ to }) => to),
        shape: part.map(({ count }) => count),
        steps: isPlain ? undefined : part.map(({ step }) => step),
        read: (call) =>
          read(
            part.map(({ chunk }) => chunk),
            call,
          ),
      };
    },
  };
}

/**
 * Reads for one chunk of the result. Source chunks of which others need a part too are kept for them; one of which this
 * chunk takes several parts is read once.
 */
function sourceReader(
  { source, axes, grid }: SelectionPlan,
  kept: KeptIn | undefined,
): () => ChunkSource["read"] {
  const lengths = source.grid.chunkShape;
  const isAligned = axes.every(
    (selection, axis) =>
      passesAlong(selection, lengths[axis] ?? 1) && (grid.chunkShape[axis] ?? 1) === (lengths[axis] ?? 1),
  );
  const readKept = !isAligned && kept ? keptChunks(source, kept) : undefined;
  const readOne = (index: ChunkIndex, call: CallOptions = {}) =>
    readKept ? readKept(index, call) : source.read(index, call);
  const takesSeveral = axes.some(({ runs }) => runs.length > 1);
  if (!takesSeveral) return () => readOne;
  return () => {
    const reads = new Map<string, ReturnType<ChunkSource["read"]>>();
    return (index, call) => {
      const key = index.join(".");
      const known =
        reads.get(key) ??
        readOne(index, call).then((chunk) => chunk && { shape: chunk.shape, values: chunk.values });
      reads.set(key, known);
      return known;
    };
  };
}
