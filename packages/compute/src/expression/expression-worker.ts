import type { Chunk } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { EvaluateJob } from "./expression-task.ts";

const module = siblingModule(import.meta.url, "expression-task");
export const EVALUATE: WorkerTask<EvaluateJob, Chunk> = { module, name: "evaluateChunk" };
