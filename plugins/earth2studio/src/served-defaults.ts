import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import type { Parameters } from "./envelope.ts";
import type { ServeServices } from "./serve-services.ts";

export interface DefaultsAsked {
  readonly workflow: string;
  /** Parameters that were sent. */
  readonly given: Parameters;
}

/** In place of upstream's defaults that this server cannot serve; none where its answers are wanted to the letter. */
export async function servedDefaults(
  { workflow, given }: DefaultsAsked,
  { workflows, options }: Pick<ServeServices, "workflows" | "options">,
  call: CallOptions,
): Promise<Parameters> {
  if (options.strict || workflows.defaults === undefined) return {};
  try {
    return await workflows.defaults(workflow, given, call);
  } catch (error) {
    call.signal?.throwIfAborted();
    // why a forecast cannot be had is told to who asks for it: a submission is checked after this
    if (isGatewayError(error)) return {};
    throw error;
  }
}

/** The schema as it is advertised. */
export function withDefaults(schema: Parameters, defaults: Parameters): Parameters {
  const properties = schema["properties"];
  if (typeof properties !== "object" || properties === null || Object.keys(defaults).length === 0)
    return schema;
  const served = Object.entries(properties).map(([name, property]: [string, unknown]) => [
    name,
    name in defaults && typeof property === "object" ? { ...property, default: defaults[name] } : property,
  ]);
  return { ...schema, properties: Object.fromEntries(served) };
}
