import { GatewayError } from "@zarr-gateway/primitives";

export type OnnxLibrary = typeof import("onnxruntime-node");

/**
 * The optional package `onnxruntime-node`, quiet: its own lines on standard error repeat what it throws.
 * @throws GatewayError model_failed where it is not installed or has no build for this machine
 */
export async function loadOnnxLibrary(): Promise<OnnxLibrary> {
  let library: OnnxLibrary;
  try {
    library = await import("onnxruntime-node");
  } catch (error) {
    throw new GatewayError(
      "model_failed",
      `graphs need the package onnxruntime-node, which is missing here or not built for ${process.platform} ${process.arch}: npm install onnxruntime-node`,
      {},
      error,
    );
  }
  library.env.logLevel = "fatal";
  return library;
}
