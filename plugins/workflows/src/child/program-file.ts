import { fileURLToPath } from "node:url";
import { siblingModule } from "@zarr-gateway/primitives";

/** What a process of workflows is started with. */
export const WORKFLOW_PROCESS = fileURLToPath(siblingModule(import.meta.url, "workflow-process"));
