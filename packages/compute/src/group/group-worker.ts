import type { Chunk } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { ArrangeJob } from "./arranged-chunk.ts";
import type { MissingJob } from "./missing-chunk.ts";

const module = siblingModule(import.meta.url, "group-task");
export const ARRANGE: WorkerTask<ArrangeJob, Chunk> = { module, name: "arrange" };
export const MARK_MISSING: WorkerTask<MissingJob, Chunk> = { module, name: "markMissing" };
