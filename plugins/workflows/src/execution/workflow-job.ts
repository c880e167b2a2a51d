import type { JobDefinition, Json, PublishingWishes, ResultPublishing, StepCall } from "@zarr-gateway/jobs";
import { coercedParameters, type Parameters } from "../parameters/coerced-parameters.ts";
import type { KnownWorkflow } from "./known-workflow.ts";
import { runStepName } from "./run-step.ts";

/** What follows the run, and whether there is room for what it makes. */
export type Publishing = Pick<ResultPublishing, "steps" | "assertRoom">;

/** A request for a workflow, read. */
export interface WorkflowRequest {
  readonly parameters: Parameters;
  /** Names of those that the client sent. */
  readonly sent: readonly string[];
}

/** Runs take minutes, what follows seconds. */
const RUN_WEIGHT = 20;

/** Jobs of a workflow: one task, the run, and then what publishes its results. */
export function workflowJob(workflow: KnownWorkflow, publishing: Publishing): JobDefinition<WorkflowRequest> {
  const { name, description, schema } = workflow;
  const stepsAfter = (parameters: Parameters): readonly StepCall[] =>
    publishing.steps(name, publishingWishes(parameters));
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
    async check({ parameters }, options) {
      stepsAfter(parameters);
      await workflow.check(parameters, options);
      await publishing.assertRoom(options);
    },
    plan: ({ parameters, sent }) => [
      {
        key: "run",
        input: { parameters, sent },
        steps: [
          { step: runStepName(name), name: "run", phase: "running", weight: RUN_WEIGHT },
          ...stepsAfter(parameters),
        ],
      },
    ],
  };
}

/** Earth2Studio's names of parameters that say where results go besides. */
function publishingWishes(parameters: Parameters): PublishingWishes {
  const textOf = (name: string): string | undefined => {
    const value = parameters[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [target, url, collection] = ["container_url", "geo_catalog_url", "collection_id"].map(textOf);
  return {
    ...(target !== undefined && { target }),
    ...(url !== undefined && { catalog: { url, ...(collection !== undefined && { collection }) } }),
  };
}
