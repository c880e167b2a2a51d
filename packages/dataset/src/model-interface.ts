/** What a model reads and writes, for who wants to know what made a dataset. Never a path, an address or a weight. */
export interface ModelInterface {
  readonly title: string;
  readonly description?: string;
  readonly license?: string;
  readonly references?: string;
  /** Hash of the model's description and files, in hex. */
  readonly version: string;
  /** `onnx`, or `oip` where an inference server runs it. */
  readonly runtime: string;
  /** ISO 8601; absent where the model has no steps. */
  readonly step?: string;
  /** True where it draws random numbers. */
  readonly isRandom: boolean;
  readonly networks: readonly NetworkInterface[];
}

export interface NetworkInterface {
  /** Where the model's description has it: `networks[1]`. */
  readonly key: string;
  readonly inputs: readonly TensorInterface[];
  readonly outputs: readonly TensorInterface[];
}

export interface TensorInterface {
  readonly name: string;
  /** Axes, several in one where they are flattened: `time-channel`. */
  readonly dims: readonly string[];
  /** -1: any length. */
  readonly shape: readonly number[];
  /** Of Zarr: `float32`, … */
  readonly dtype: string;
  /** Variables of the dataset in it, in order. */
  readonly variables: readonly string[];
}
