import type { Values } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { Accumulator } from "./accumulation.ts";
import type { FinishJob } from "./finish.ts";
import type { AccumulatePartsJob } from "./reduce-task.ts";

const module = siblingModule(import.meta.url, "reduce-task");
export const ACCUMULATE: WorkerTask<AccumulatePartsJob, Accumulator> = { module, name: "accumulateParts" };
export const FINISH: WorkerTask<FinishJob, Values> = { module, name: "finishAccumulators" };
