import { elementCount, type Values } from "@zarr-gateway/dataset";
import type { CallOptions, Limiter, WorkerPool } from "@zarr-gateway/primitives";
import type { PictureJob } from "../draw/picture-job.ts";
import type { Frames } from "../draw/plot-task.ts";
import { DRAW, DRAW_FRAMES, JSON_VALUES, MEASURE, NPY } from "../draw/plot-worker.ts";
import { gifFile } from "../encode/gif.ts";
import { webpAnimation } from "../encode/webp-animation.ts";
import { packingOf } from "../field/packing.ts";
import type { FieldPlan } from "../field/plan-field.ts";
import { readGeometry } from "../field/read-geometry.ts";
import { readValues } from "../field/read-values.ts";
import { drawnValues, titlesOf, valueLabel } from "./picture-texts.ts";

export interface DrawServices {
  readonly pool: WorkerPool;
  /** Pictures that are read and drawn at once: each holds its field. */
  readonly limiter: Limiter;
  /** Fields that are waited for, of datasets whose reads may wait for minutes: others are drawn meanwhile. */
  readonly patience: Limiter;
}

/** How the field is come by. */
export interface Drawing {
  readonly plan: FieldPlan;
  readonly readsMayWait: boolean;
  /** Nothing is read: the map without its field. */
  readonly isEmpty: boolean;
}

/** Frames that one thread draws without a pause: what they share is worked out once, and a client that leaves ends it soon. */
const FRAMES_A_JOB = 6;

/** The bytes of a picture. Reads coordinates and the field here, decodes, draws and encodes in worker threads. */
export async function drawPicture(
  drawing: Drawing,
  { pool, limiter, patience }: DrawServices,
  options: CallOptions,
): Promise<Uint8Array> {
  const { plan, readsMayWait } = drawing;
  const values = (): Promise<Values> => storedValues(drawing, options);
  const awaited = readsMayWait ? await patience.run(values, options) : undefined;
  return limiter.run(async () => {
    const [geometry, stored] = await Promise.all([readGeometry(plan, options), awaited ?? values()]);
    const job: PictureJob = {
      stored,
      packing: packingOf(plan.found.variable),
      geometry,
      request: plan.request,
      titles: titlesOf(plan),
      valueLabel: valueLabel(plan),
    };
    const { signal } = options;
    const { format } = plan.request;
    const transfer = buffersOf(stored);
    if (format === "npy" || format === "json") {
      const task = format === "npy" ? NPY : JSON_VALUES;
      return pool.run(task, { ...job, drawn: await drawnValues(plan) }, { signal, transfer });
    }
    if (plan.frames) return animate(job, pool, { signal });
    return pool.run(DRAW, job, { signal, transfer });
  }, options);
}

async function storedValues({ plan, isEmpty }: Drawing, options: CallOptions): Promise<Values> {
  if (!isEmpty) return readValues(plan, options);
  const count = elementCount(plan.picks.map((pick) => pick.count));
  return new Float32Array(count).fill(Number.NaN);
}

/** Read for this picture alone: the thread that draws it may have it. */
function buffersOf(stored: Values): ArrayBuffer[] {
  return ArrayBuffer.isView(stored) && stored.buffer instanceof ArrayBuffer ? [stored.buffer] : [];
}

async function animate(job: PictureJob, pool: WorkerPool, { signal }: CallOptions): Promise<Uint8Array> {
  const { stored, packing, titles, request } = job;
  const frames = titles.length;
  const range = await pool.run(
    MEASURE,
    { stored, packing, frames, isRobust: request.scale.robust },
    { signal },
  );
  const length = stored.length / frames;
  const starts = Array.from({ length: Math.ceil(frames / FRAMES_A_JOB) }, (_, at) => at * FRAMES_A_JOB);
  const parts = await Promise.all(
    starts.map((start) => {
      const part = {
        stored: stored.slice(start * length, (start + FRAMES_A_JOB) * length),
        titles: titles.slice(start, start + FRAMES_A_JOB),
      };
      return pool.run(DRAW_FRAMES, { ...job, ...part, range }, { signal, isLaterStep: start > 0 });
    }),
  );
  return fileOf(parts, request);
}

function fileOf(parts: readonly Frames[], { format, animation }: PictureJob["request"]): Uint8Array {
  const [first] = parts;
  if (first === undefined) return new Uint8Array();
  const frames = parts.flatMap((part) => part.frames);
  if (format === "gif") return gifFile(frames, first, { rgb: first.rgb });
  return webpAnimation(frames, first, 1000 / (animation?.framesPerSecond ?? 1));
}
