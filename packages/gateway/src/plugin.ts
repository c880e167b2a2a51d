/** What a plugin author imports as `zarr-gateway/plugin`: the contract, and what every plugin may use beside it. */
export * from "@zarr-gateway/dataset";
export * from "@zarr-gateway/http";
export * from "@zarr-gateway/plugin";
export * from "@zarr-gateway/primitives";
export { z } from "zod";
