import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { NoiseJob } from "../noise/noise-job.ts";
import type { Field, FieldJob } from "./field-job.ts";

const module = siblingModule(import.meta.url, "initial-field-task");
export const MAKE_FIELD: WorkerTask<FieldJob, Field> = { module, name: "makeField" };
export const MAKE_NOISY: WorkerTask<NoiseJob, Float32Array> = { module, name: "makeNoisy" };
