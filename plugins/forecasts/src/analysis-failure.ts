import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";

/** Whoever asks for the forecast is not the one who wrote the configuration: to them it is a failure of the server. */
export async function asUpstream<Value>(id: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!isGatewayError(error) || !(error.code === "invalid_request" || error.code === "not_found"))
      throw error;
    throw new GatewayError("upstream", `forecast "${id}": ${error.message}`, {}, error);
  }
}
