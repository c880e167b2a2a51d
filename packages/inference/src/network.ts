import type { CallOptions } from "@zarr-gateway/primitives";
import type { NetworkPlan } from "./model-package.ts";

/** Types of elements that tensors come in; the project's own numbers are always float32. */
export type TensorType = "float16" | "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** What a graph says of one of its inputs or outputs. */
export interface TensorMetadata {
  readonly name: string;
  readonly type: TensorType;
  /** A string is a dimension of any length: `["batch", 73, 721, 1440]`. */
  readonly shape: readonly (number | string)[];
}

/** Values in C order. Float16 ones as float32: a runtime converts where its graph wants another type. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** True where nobody else has the array, now or later: whoever gets it may keep it, write to it and free it. */
  readonly isFresh?: boolean;
}

/** A loaded graph. */
export interface Network {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** On what it runs: `cpu`, `cuda`, `webgpu`, or the address of a server. */
  readonly provider: string;
  /**
   * Tensors of the result that are not fresh may be written again by the next run: what is kept of them is copied. Those that
   * it is fed are neither changed nor, when it is through, looked at.
   * @param wanted names of outputs
   * @throws GatewayError model_failed; model_output_invalid for outputs that are not what the graph promised
   */
  run(
    feeds: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, Tensor>>;
  close(): Promise<void>;
}

/** How graphs are loaded; a new one is one file in runtime/. */
export interface Runtime {
  readonly name: string;
  /** @throws GatewayError model_failed with what the library says of the graph */
  load(plan: NetworkPlan, options?: CallOptions): Promise<Network>;
  close(): Promise<void>;
}
