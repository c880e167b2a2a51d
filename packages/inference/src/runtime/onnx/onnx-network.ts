import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { InferenceSession, OnnxValue } from "onnxruntime-node";
import type { NetworkPlan } from "../../model-package.ts";
import type { Network, Tensor, TensorMetadata } from "../../network.ts";
import { fromLibrary, isTensorType, type LibraryValues, toLibrary } from "./element-types.ts";
import { libraryWords } from "./library-words.ts";

type Metadata = InferenceSession.ValueMetadata;

export interface NetworkOrigin {
  readonly plan: NetworkPlan;
  readonly provider: string;
}

/** A graph that the library has loaded. Its values come back to this machine's memory after every run. */
export class OnnxNetwork implements Network {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly provider: string;
  readonly #session: InferenceSession;
  readonly #plan: NetworkPlan;
  #isClosed = false;

  /** @throws GatewayError model_failed for tensors of other types; the session is the caller's then */
  constructor(session: InferenceSession, { plan, provider }: NetworkOrigin) {
    this.inputs = session.inputMetadata.map((metadata) => tensorMetadata(metadata, `${plan.key}.inputs`));
    this.outputs = session.outputMetadata.map((metadata) => tensorMetadata(metadata, `${plan.key}.outputs`));
    this.provider = provider;
    this.#session = session;
    this.#plan = plan;
  }

  async run(
    feeds: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<ReadonlyMap<string, Tensor>> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw this.#failed("the session was closed");
    // the library copies outputs into arrays of its own also where it is given some to write to
    const results = await this.#session.run(this.#feeds(feeds), [...wanted]).catch((error: unknown) => {
      throw this.#failed(libraryWords(error, this.#plan.file), error);
    });
    return new Map(wanted.map((name) => [name, this.#output(name, results[name])]));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#session.release();
  }

  #feeds(feeds: ReadonlyMap<string, Tensor>): Record<string, OnnxValue> {
    return Object.fromEntries(
      this.inputs.map((input) => {
        const tensor = feeds.get(input.name);
        if (tensor === undefined) throw this.#failed(`nothing was given for the input ${input.name}`);
        return [input.name, this.#feed(input, tensor)];
      }),
    );
  }

  #feed({ name, type }: TensorMetadata, { shape, values }: Tensor): OnnxValue {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== values.length)
      throw this.#failed(`the input ${name} has the shape [${shape.join(", ")}] and ${values.length} values`);
    try {
      const tensor = { type, dims: shape, data: toLibrary(type, values), location: "cpu" };
      return tensor as unknown as OnnxValue; // what the native part reads of a tensor; its class refuses bits of float16
    } catch (error) {
      if (error instanceof GatewayError) throw this.#failed(`input ${name}: ${error.message}`);
      throw error;
    }
  }

  #output(name: string, value: OnnxValue | undefined): Tensor {
    const promised = this.outputs.find((output) => output.name === name);
    if (value === undefined || promised === undefined) throw this.#invalid(`the output ${name} did not come`);
    if (value.type !== promised.type)
      throw this.#invalid(`the output ${name} is of ${value.type}, the graph promised ${promised.type}`);
    if (!fits(value.dims, promised.shape)) {
      const [came, expected] = [value.dims, promised.shape].map((shape) => `[${shape.join(", ")}]`);
      throw this.#invalid(`the output ${name} has the shape ${came}, the graph promised ${expected}`);
    }
    const data = value.data as LibraryValues; // its type was checked against the seven
    return { shape: value.dims, values: fromLibrary(data), isFresh: true };
  }

  #failed(words: string, cause?: unknown): GatewayError {
    return new GatewayError("model_failed", `${this.#plan.key}: ${words}`, {}, cause);
  }

  #invalid(words: string): GatewayError {
    return new GatewayError("model_output_invalid", `${this.#plan.key}: ${words}`);
  }
}

function tensorMetadata(metadata: Metadata, place: string): TensorMetadata {
  const { name, isTensor } = metadata;
  if (!isTensor || !isTensorType(metadata.type)) {
    const type = isTensor ? metadata.type : "no tensor";
    throw new GatewayError(
      "model_failed",
      `${place}.${name}: is ${type}; tensors may be of float16, float32, float64, int32, int64, uint8 or bool`,
    );
  }
  return { name, type: metadata.type, shape: metadata.shape };
}

function fits(shape: readonly number[], promised: readonly (number | string)[]): boolean {
  return (
    shape.length === promised.length &&
    shape.every((length, i) => typeof promised[i] === "string" || promised[i] === length)
  );
}
