/** What a plugin author imports as `zarr-gateway/plugin`. */
export * from "@zarr-gateway/plugin";
export { GatewayError } from "@zarr-gateway/primitives";
export { z } from "zod";
