import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { JobDefinition, TaskPlan } from "../definition.ts";
import type { JobDescription } from "../job-engine.ts";
import type { Json } from "../json-value.ts";

/** A definition whose parameters are hidden behind its own parser. */
export interface PlannedDefinition {
  readonly description: JobDescription;
  readonly limits: Pick<JobDefinition<unknown>, "maxQueued" | "retentionMs" | "deadlineMs">;
  /** Parses, checks and plans. @throws GatewayError invalid_request, or what the definition's check throws */
  plan(params: Json, options: CallOptions): Promise<readonly TaskPlan[]>;
}

export function plannedDefinition<Params>(definition: JobDefinition<Params>): PlannedDefinition {
  const { name, description, schema } = definition;
  return {
    description: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(schema === undefined ? {} : { schema }),
    },
    limits: definition,
    plan: async (input, options) => {
      const params = explained(name, () => definition.params.parse(input));
      await definition.check?.(params, options);
      return explained(name, () => definition.plan(params));
    },
  };
}

function explained<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isGatewayError(error)) throw error;
    throw new GatewayError("invalid_request", `parameters of "${name}": ${messageOf(error)}`, {}, error);
  }
}
