import type { Values } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { ScanJob } from "./scan-job.ts";

export const SCAN: WorkerTask<ScanJob, Values> = {
  module: siblingModule(import.meta.url, "scan-task"),
  name: "scanBlock",
};
