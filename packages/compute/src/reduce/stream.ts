import {
  type Chunk,
  type ChunkSource,
  type DataType,
  elementCount,
  isPending,
  isStringValues,
  type PendingChunk,
  type Values,
} from "@zarr-gateway/dataset";
import type { CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { undecodedOf } from "../decoded/decoded-source.ts";
import { postedChunk } from "../pending-chunk.ts";
import { WORTH_TRIP_BYTES } from "../value-worker.ts";
import { accumulate, type ReducedPart } from "./accumulate.ts";
import type { Accumulator } from "./accumulation.ts";
import { type CellCounts, finished } from "./finish.ts";
import type { Method } from "./method.ts";
import type { PlannedParts } from "./reduce-plan.ts";
import type { ReduceShape } from "./reduce-shape.ts";
import type { PostedPart } from "./reduce-task.ts";
import { bytesOfElements } from "./reduce-work.ts";
import { ACCUMULATE, FINISH } from "./reduce-worker.ts";
import type { SpareAccumulators } from "./shared-accumulator.ts";

export interface StreamJob {
  readonly source: ChunkSource;
  readonly parts: PlannedParts;
  readonly method: Method;
  readonly counts: CellCounts;
  readonly factors: Float64Array | undefined;
  /** Of the result. */
  readonly dtype: DataType;
  readonly pool: WorkerPool | undefined;
  readonly spare: SpareAccumulators;
}

/** Chunks of the source that are held at once for one result. */
const HELD_BYTES = 48 * 1024 * 1024;
/** Small chunks go to another thread together: a trip costs as much as adding 256 KiB. */
const BATCH_BYTES = 1024 * 1024;
const MAX_BATCH = 64;
/** Accumulators that are filled side by side, each in an order of its own, so that sums do not depend on timing. */
const MAX_LANES = 2;
/** What they may take: decoding costs ten times as much as adding, so that one is seldom too few. */
const ACCUMULATED_BYTES = 64 * 1024 * 1024;
const MAX_AHEAD = 4;
const CELL_BYTES = 16;

const MAX_AT_ONCE = 32;

/** Chunks of one result that may be made at the same time: as many as hold what one of large chunks does. */
export function resultsAtOnce(source: ChunkSource, { grid, reducedCount, groups }: ReduceShape): number {
  const cells = elementCount(grid.chunkShape);
  const perCell = reducedCount * (groups === undefined ? 1 : (source.grid.shape[groups.axis] ?? 1));
  const chunkBytes = bytesOfElements(source.dtype, elementCount(source.grid.chunkShape));
  const bytes = Math.max(chunkBytes, Math.min(HELD_BYTES, bytesOfElements(source.dtype, cells * perCell)));
  return Math.max(1, Math.min(MAX_AT_ONCE, Math.floor((2 * HELD_BYTES) / (bytes + CELL_BYTES * cells))));
}

/** The values of one chunk of a result. Chunks of the source are read ahead while others are added. */
export async function streamed(job: StreamJob, { signal, client }: CallOptions): Promise<Values> {
  const cells = elementCount(job.parts.cellShape);
  const plan = laneSizes(job, cells);
  const lanes = Array.from({ length: plan.lanes }, (_, lane) =>
    fillLane(job, { ...plan, lane, cells }, { signal, client }),
  );
  const settled = await Promise.allSettled(lanes);
  const accumulators = settled.map((lane) => {
    if (lane.status === "rejected") throw lane.reason as Error; // what reading or a kernel threw
    return lane.value;
  });
  const held = accumulators.filter((accumulator) => accumulator !== undefined);
  const { method, dtype, counts, pool } = job;
  const finish = { method, accumulators: held, dtype, cells, counts };
  const isSent = pool !== undefined && held.length > 0 && bytesHeld(held) >= WORTH_TRIP_BYTES;
  if (!isSent) return unshared(finished(finish));
  const values = await pool.run(FINISH, finish, { signal, isLaterStep: true });
  job.spare.give(held);
  return values;
}

interface Lanes {
  readonly lanes: number;
  /** Chunks that are added in one go. */
  readonly batch: number;
  /** Batches that are read while one is added. */
  readonly ahead: number;
  /** True where chunks are decoded by who adds them; else others are decoded meanwhile. */
  readonly leavesDecoding: boolean;
}

function laneSizes({ source, parts, method, pool }: StreamJob, cells: number): Lanes {
  const chunkBytes = Math.max(1, bytesOfElements(source.dtype, elementCount(source.grid.chunkShape)));
  const batch = Math.max(1, Math.min(MAX_BATCH, Math.floor(BATCH_BYTES / chunkBytes)));
  const held = Math.max(2, Math.floor(HELD_BYTES / (batch * chunkBytes)));
  const byCells = Math.floor(ACCUMULATED_BYTES / (CELL_BYTES * Math.max(1, cells)));
  const batches = Math.ceil(parts.count / batch);
  const most = method.gather === undefined ? Math.min(MAX_LANES, byCells, batches) : 1;
  // a lane that decodes holds one batch of values, another one two
  const decoding = Math.max(1, Math.min(most, Math.floor(HELD_BYTES / (batch * chunkBytes))));
  const canLeave = pool !== undefined && undecodedOf(source).source.readPending !== undefined;
  const leavesDecoding = canLeave && (decoding > 1 || batches === 1);
  const lanes = leavesDecoding ? decoding : Math.max(1, Math.min(most, Math.floor(held / 2)));
  const ahead = Math.max(1, Math.min(MAX_AHEAD, Math.floor(held / lanes) - 1));
  return { lanes, batch, ahead, leavesDecoding };
}

interface Lane extends Lanes {
  readonly lane: number;
  readonly cells: number;
}

/** Batches `lane`, `lane + lanes`, … in order; undefined where there is none. */
async function fillLane(
  job: StreamJob,
  lane: Lane,
  { signal, client }: CallOptions,
): Promise<Accumulator | undefined> {
  const last = Math.ceil(job.parts.count / lane.batch);
  const ahead: Promise<ReadPart[]>[] = [];
  let next = lane.lane;
  let accumulator: Accumulator | undefined;
  const readAhead = (): void => {
    for (; ahead.length < lane.ahead && next < last; next += lane.lanes) {
      const parts = readBatch(job, next * lane.batch, lane, { signal, client });
      parts.catch(() => undefined); // thrown where it is awaited, if that is reached
      ahead.push(parts);
    }
  };
  readAhead();
  for (;;) {
    const parts = await ahead.shift();
    readAhead();
    if (parts === undefined) return accumulator;
    signal?.throwIfAborted();
    accumulator = await add(job, parts, { accumulator, cells: lane.cells, signal });
  }
}

/** A part whose chunk may still have to be decoded. */
type ReadPart = Omit<ReducedPart, "chunk"> & { readonly chunk: Chunk | PendingChunk | undefined };

function readBatch(
  job: StreamJob,
  from: number,
  { batch, leavesDecoding }: Lanes,
  call: CallOptions,
): Promise<ReadPart[]> {
  const { source } = undecodedOf(job.source);
  const length = Math.min(batch, job.parts.count - from);
  return Promise.all(
    Array.from({ length }, async (_, position) => {
      const { index, shape, layout } = job.parts.at(from + position);
      // values that pass through this thread cost it as much time as adding them costs the other
      const chunk = await (leavesDecoding ? source.readPending?.(index, call) : source.read(index, call));
      return { shape, layout, chunk };
    }),
  );
}

interface Adding extends CallOptions {
  readonly accumulator: Accumulator | undefined;
  readonly cells: number;
}

async function add(
  { source, method, factors, pool, spare }: StreamJob,
  parts: readonly ReadPart[],
  { accumulator, cells, signal }: Adding,
): Promise<Accumulator> {
  const { source: stored, coding } = undecodedOf(source);
  const { dtype, fill } = stored;
  const job = { method, cells, accumulator, stored: { dtype, fill }, coding, factors };
  const bytes = parts.reduce((sum, { shape }) => sum + bytesOfElements(dtype, elementCount(shape)), 0);
  if (pool === undefined || (bytes < WORTH_TRIP_BYTES && parts.every(isDecoded))) {
    const added = accumulate({ ...job, parts: parts.filter(isDecoded) });
    await nextTurn();
    return added;
  }
  const transfer: ArrayBuffer[] = [];
  const posted = parts.map(({ chunk, ...part }): PostedPart => {
    const posted = chunk && postedChunk(chunk);
    transfer.push(...((posted?.transfer ?? []) as ArrayBuffer[])); // never shared memory
    return { ...part, chunk: posted?.value };
  });
  const memory = accumulator === undefined ? spare.take() : undefined;
  const posting = { ...job, parts: posted, spare: memory };
  return pool.run(ACCUMULATE, posting, { signal, transfer, isLaterStep: true });
}

/** Results are not handed out in memory that others may see. */
function unshared(values: Values): Values {
  return isStringValues(values) || values.buffer instanceof ArrayBuffer ? values : values.slice();
}

function isDecoded(part: ReadPart): part is ReducedPart {
  return part.chunk === undefined || !isPending(part.chunk);
}

function bytesHeld(accumulators: readonly Accumulator[]): number {
  return accumulators.reduce(
    (sum, accumulator) =>
      sum + Object.values(accumulator).reduce((bytes, { byteLength }) => bytes + byteLength, 0),
    0,
  );
}

/** Others get their turn between pieces of work on this thread. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
