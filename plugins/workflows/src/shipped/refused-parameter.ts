import { GatewayError } from "@zarr-gateway/primitives";

/** A parameter that its forecast cannot meet. */
export function refusedParameter(parameter: string, message: string): GatewayError {
  return new GatewayError("invalid_request", `${parameter}: ${message}`, {
    problems: [{ path: parameter, message, input: null }],
  });
}
