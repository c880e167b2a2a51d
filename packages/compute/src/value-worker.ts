import type { Chunk } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { BlockJob } from "./block.ts";
import type { RoundJob } from "./value-task.ts";

const module = siblingModule(import.meta.url, "value-task");
export const JOIN: WorkerTask<BlockJob, Chunk> = { module, name: "join" };
export const ROUND: WorkerTask<RoundJob, Chunk> = { module, name: "round" };

/** Below it the trip to another thread costs more than the work: 256 KiB are copied in 0.1 ms. */
export const WORTH_TRIP_BYTES = 256 * 1024;
