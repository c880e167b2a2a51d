import type { Chunk } from "@zarr-gateway/dataset";
import { siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import type { DecodeValuesJob } from "./decode-task.ts";

const module = siblingModule(import.meta.url, "decode-task");
export const DECODE_VALUES: WorkerTask<DecodeValuesJob, Chunk> = { module, name: "decodeChunk" };

/** About 1 ms of work here, against 0.1 ms for the way to another thread. */
export const WORTH_DECODING_BYTES = 1024 * 1024;
