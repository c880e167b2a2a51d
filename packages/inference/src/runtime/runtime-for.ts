import type { RuntimeChoice } from "../model-package.ts";
import type { Runtime } from "../network.ts";
import { createOipRuntime, type OipRuntimeOptions } from "./oip/oip-runtime.ts";
import { createOnnxRuntime, type OnnxRuntimeOptions } from "./onnx/onnx-runtime.ts";

export interface RuntimeOptions extends OnnxRuntimeOptions {
  /** Of inference servers. */
  readonly oip?: Omit<OipRuntimeOptions, "url">;
}

/** The runtime that a model package asks for. */
export function runtimeFor(choice: RuntimeChoice, options: RuntimeOptions): Runtime {
  switch (choice.name) {
    case "onnx":
      return createOnnxRuntime(options);
    case "oip":
      return createOipRuntime({ ...options.oip, url: choice.url });
    default:
      return choice satisfies never;
  }
}
