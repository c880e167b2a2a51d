import type { JobDefinition, Json, StepCall } from "@zarr-gateway/jobs";
import { coercedParameters, type Parameters } from "../parameters/coerced-parameters.ts";
import type { KnownWorkflow } from "./known-workflow.ts";
import { runStepName } from "./run-step.ts";

/** What follows the run, in order. */
export interface PublishingStep {
  readonly step: string;
  /** Its failure leaves the results as they are. */
  readonly optional?: boolean | undefined;
}

/** A request for a workflow, read. */
export interface WorkflowRequest {
  readonly parameters: Parameters;
  /** Names of those that the client sent. */
  readonly sent: readonly string[];
}

/** Runs take minutes, what follows seconds. */
const RUN_WEIGHT = 20;

/** Jobs of a workflow: one task, the run, and then what publishes its results. */
export function workflowJob(
  workflow: KnownWorkflow,
  publishing: readonly PublishingStep[],
): JobDefinition<WorkflowRequest> {
  const { name, description, schema } = workflow;
  const after = publishing.map(
    ({ step, optional = false }): StepCall => ({ step, optional, phase: "publishing", weight: 1 }),
  );
  return {
    name,
    description,
    schema: schema as Json, // JSON Schema is JSON
    params: {
      parse: (input) => {
        const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
        return { parameters: coercedParameters(schema, input), sent: isObject ? Object.keys(input) : [] };
      },
    },
    check: ({ parameters }, options) => workflow.check(parameters, options),
    plan: ({ parameters, sent }) => [
      {
        key: "run",
        input: { parameters, sent },
        steps: [{ step: runStepName(name), name: "run", phase: "running", weight: RUN_WEIGHT }, ...after],
      },
    ],
  };
}
