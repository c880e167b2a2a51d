import type { Json } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { WorkflowPlace } from "../child/messages.ts";
import type { Parameters } from "../parameters/coerced-parameters.ts";
import type { JsonSchema } from "../parameters/parameter-schema.ts";

/** A workflow that was found and can be asked for. */
export interface KnownWorkflow {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly place: WorkflowPlace;
  /** As the configuration has it, checked. */
  readonly config: Json;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** In place of defaults of the schema that cannot be served here, beside what was given; absent where they all can. */
  defaults?(
    given: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** @throws GatewayError invalid_request for parameters that fit the schema, but not the workflow */
  check(parameters: Parameters, options: CallOptions): Promise<void>;
}
