import { movableValues, type Values } from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently, type WorkerPool } from "@zarr-gateway/primitives";
import { joinedRange } from "../colour/data-range.ts";
import type { PictureJob } from "../draw/picture-job.ts";
import { DRAW_FRAMES, JOIN_FRAMES, MEASURE } from "../draw/plot-worker.ts";
import type { FieldPlan } from "../field/plan-field.ts";

/** Frames that one thread draws without a pause: what they share is worked out once, and a client that leaves ends it soon. */
const FRAMES_A_JOB = 4;
/** Parts of an animation that are read at once. */
const CONCURRENT_READS = 2;
/** Parts that are drawn or wait for a thread: work of others gets its turn between them. */
const CONCURRENT_JOBS = 4;

export interface Film {
  readonly plan: FieldPlan;
  readonly outline: Omit<PictureJob, "stored">;
  /** All frames, where they were waited for. */
  readonly awaited: Values | undefined;
  /** Some frames. */
  readonly read: (part: FieldPlan) => Promise<Values>;
}

/**
 * The file of an animation. Parts of it are read, and looked at for the ends of their values, one after the other; then all of
 * them are drawn, on as many threads as there are. Values move from thread to thread and are not copied.
 */
export async function drawFilm(film: Film, pool: WorkerPool, { signal }: CallOptions): Promise<Uint8Array> {
  const { outline } = film;
  const { packing, request } = outline;
  const parts = await mapConcurrently(
    await plannedParts(film),
    CONCURRENT_READS,
    async ({ titles, read }) => {
      const { value: stored, transfer } = movableValues(await read());
      signal?.throwIfAborted();
      const job = { stored, packing, frames: titles.length, isRobust: request.scale.robust };
      const measured = await pool.run(MEASURE, job, { signal, transfer, isLaterStep: true });
      return { ...measured, titles };
    },
  );
  const range = joinedRange(parts.flatMap(({ ranges }) => ranges));
  const drawn = await mapConcurrently(parts, CONCURRENT_JOBS, ({ titles, ...part }) => {
    const { value: stored, transfer } = movableValues(part.stored);
    return pool.run(DRAW_FRAMES, { ...outline, stored, titles, range }, { signal, transfer });
  });
  const transfer = drawn.flatMap(({ frames }) => frames.map(({ bytes }) => bytes.buffer));
  return pool.run(JOIN_FRAMES, { parts: drawn, request }, { signal, transfer, isLaterStep: true });
}

interface PlannedPart {
  readonly titles: PictureJob["titles"];
  readonly read: () => Promise<Values>;
}

async function plannedParts(film: Film): Promise<PlannedPart[]> {
  const { plan, outline, read } = film;
  const frames = outline.titles.length;
  const starts = Array.from({ length: Math.ceil(frames / FRAMES_A_JOB) }, (_, at) => at * FRAMES_A_JOB);
  const titlesAt = (start: number) => outline.titles.slice(start, start + FRAMES_A_JOB);
  if (film.awaited === undefined && sharesNoChunks(plan))
    return starts.map((start) => ({
      titles: titlesAt(start),
      read: () => read(partOf(plan, start, titlesAt(start).length)),
    }));
  const all = film.awaited ?? (await read(plan));
  const length = all.length / frames;
  return starts.map((start) => ({
    titles: titlesAt(start),
    read: () => Promise.resolve(all.slice(start * length, (start + FRAMES_A_JOB) * length)),
  }));
}

/** True where parts can be read one by one, and no chunk is read twice. */
function sharesNoChunks({ frames, dimensions, found }: FieldPlan): boolean {
  if (!frames) return false;
  const axis = dimensions.findIndex(({ name }) => name === frames.axis.dim);
  const length = found.variable.source.grid.chunkShape[axis] ?? 1;
  const { start, step } = frames.pick;
  return step >= length || (start % length === 0 && (FRAMES_A_JOB * step) % length === 0);
}

/** The plan of some of the frames. */
function partOf(plan: FieldPlan, first: number, count: number): FieldPlan {
  const { frames, dimensions, picks } = plan;
  if (!frames) return plan;
  const pick = { ...frames.pick, start: frames.pick.start + first * frames.pick.step, count };
  const axis = dimensions.findIndex(({ name }) => name === frames.axis.dim);
  return { ...plan, picks: picks.with(axis, pick), frames: { ...frames, pick } };
}
