import type { Chunk } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { PlaneJob } from "./curvilinear/plane-weights.ts";
import type { PostedRegridJob } from "./regrid-task.ts";
import type { Weights } from "./weights.ts";

const module = siblingModule(import.meta.url, "regrid-task");
export const REGRID: WorkerTask<PostedRegridJob, Chunk> = { module, name: "regridChunk" };
export const MAKE_WEIGHTS: WorkerTask<PlaneJob, Weights> = { module, name: "makeWeights" };
