import { type BinaryValues, movableValues, released, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { scanned } from "./scan.ts";
import type { ScanJob } from "./scan-job.ts";

/** Task of a worker thread. */
export function scanBlock(job: ScanJob): Transferred<Values> {
  const result: BinaryValues = scanned(job);
  released(job.values);
  return movableValues(result);
}
