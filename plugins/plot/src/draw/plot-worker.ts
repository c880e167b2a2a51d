import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { DataRange } from "../colour/colour-scale.ts";
import type { PictureJob } from "./picture-job.ts";
import type { Frames, MeasureJob, ValuesJob } from "./plot-task.ts";

const module = siblingModule(import.meta.url, "plot-task");
export const DRAW: WorkerTask<PictureJob, Uint8Array> = { module, name: "draw" };
export const DRAW_FRAMES: WorkerTask<PictureJob, Frames> = { module, name: "drawFrames" };
export const MEASURE: WorkerTask<MeasureJob, DataRange> = { module, name: "measure" };
export const NPY: WorkerTask<ValuesJob, Uint8Array> = { module, name: "npy" };
export const JSON_VALUES: WorkerTask<ValuesJob, Uint8Array> = { module, name: "json" };
