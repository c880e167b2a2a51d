import { elementCount, movableValues, type Values } from "@zarr-gateway/dataset";
import type { CallOptions, Limiter, WorkerPool } from "@zarr-gateway/primitives";
import type { PictureJob } from "../draw/picture-job.ts";
import { DRAW, JSON_VALUES, NPY } from "../draw/plot-worker.ts";
import { packingOf } from "../field/packing.ts";
import type { FieldPlan } from "../field/plan-field.ts";
import { readGeometry } from "../field/read-geometry.ts";
import { readValues } from "../field/read-values.ts";
import { drawFilm } from "./draw-film.ts";
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

/** The bytes of a picture. Reads coordinates and the field here, decodes, draws and encodes in worker threads. */
export async function drawPicture(
  drawing: Drawing,
  { pool, limiter, patience }: DrawServices,
  options: CallOptions,
): Promise<Uint8Array> {
  const { plan, readsMayWait } = drawing;
  const read = (part: FieldPlan): Promise<Values> => storedValues({ ...drawing, plan: part }, options);
  const awaited = readsMayWait ? await patience.run(() => read(plan), options) : undefined;
  return limiter.run(async () => {
    const { signal } = options;
    if (plan.frames) {
      const geometry = await readGeometry(plan, options);
      return drawFilm({ plan, outline: { ...outlineOf(plan), geometry }, awaited, read }, pool, { signal });
    }
    const [geometry, stored] = await Promise.all([readGeometry(plan, options), awaited ?? read(plan)]);
    const { value, transfer } = movableValues(stored);
    const job: PictureJob = { ...outlineOf(plan), geometry, stored: value };
    const { format } = plan.request;
    if (format !== "npy" && format !== "json") return pool.run(DRAW, job, { signal, transfer });
    const task = format === "npy" ? NPY : JSON_VALUES;
    return pool.run(task, { ...job, drawn: await drawnValues(plan) }, { signal, transfer });
  }, options);
}

/** What of a job is known before anything is read. */
function outlineOf(plan: FieldPlan): Omit<PictureJob, "geometry" | "stored"> {
  return {
    packing: packingOf(plan.found.variable),
    request: plan.request,
    titles: titlesOf(plan),
    valueLabel: valueLabel(plan),
  };
}

async function storedValues({ plan, isEmpty }: Drawing, options: CallOptions): Promise<Values> {
  if (!isEmpty) return readValues(plan, options);
  const count = elementCount(plan.picks.map((pick) => pick.count));
  return new Float32Array(count).fill(Number.NaN);
}
