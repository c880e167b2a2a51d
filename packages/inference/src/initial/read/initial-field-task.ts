import type { Transferred } from "@zarr-gateway/primitives";
import { addNoise, type NoiseJob } from "../noise/noise-job.ts";
import { type Field, type FieldJob, madeField } from "./field-job.ts";

/** Tasks of a worker thread. */
export function makeField(job: FieldJob): Transferred<Field> {
  const field = madeField(job);
  return { value: field, transfer: [field.values.buffer as ArrayBuffer] }; // never shared: allocated there
}

export function makeNoisy(job: NoiseJob): Transferred<Float32Array> {
  addNoise(job);
  return { value: job.values, transfer: [job.values.buffer as ArrayBuffer] }; // came with the job, as a copy or moved
}
