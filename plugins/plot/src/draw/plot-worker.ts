import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { FilmJob, Frames, Measured, MeasureJob } from "./frames-task.ts";
import type { PictureJob } from "./picture-job.ts";
import type { ValuesJob } from "./plot-task.ts";

const module = siblingModule(import.meta.url, "plot-task");
export const DRAW: WorkerTask<PictureJob, Uint8Array> = { module, name: "draw" };
export const NPY: WorkerTask<ValuesJob, Uint8Array> = { module, name: "npy" };
export const JSON_VALUES: WorkerTask<ValuesJob, Uint8Array> = { module, name: "json" };

const frames = siblingModule(import.meta.url, "frames-task");
export const DRAW_FRAMES: WorkerTask<PictureJob, Frames> = { module: frames, name: "drawFrames" };
export const JOIN_FRAMES: WorkerTask<FilmJob, Uint8Array> = { module: frames, name: "joinFrames" };
export const MEASURE: WorkerTask<MeasureJob, Measured> = { module: frames, name: "measure" };
