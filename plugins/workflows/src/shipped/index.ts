import type { Workflow } from "@zarr-gateway/plugin";
import { deterministicEarth2Workflow } from "./deterministic-earth2-workflow.ts";
import { deterministicWorkflow } from "./deterministic-workflow.ts";
import { diagnosticWorkflow } from "./diagnostic-workflow.ts";
import { ensembleWorkflow } from "./ensemble-workflow.ts";
import { exampleUserWorkflow } from "./example-user-workflow.ts";

// each is called with what its own schemas made
const all: readonly unknown[] = [
  deterministicEarth2Workflow,
  deterministicWorkflow,
  diagnosticWorkflow,
  ensembleWorkflow,
  exampleUserWorkflow,
];

/** Workflows that come with the program, under the names of Earth2Studio. */
export const SHIPPED = all as readonly Workflow[];
