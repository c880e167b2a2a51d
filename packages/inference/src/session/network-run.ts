import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { Tensor } from "../network.ts";
import { freeMemory } from "../tensor/free-memory.ts";
import type { InputRow } from "../tensor/input-tensor.ts";
import type { OutputRow } from "../tensor/output-tensor.ts";
import type { LoadedNetwork } from "./loaded-network.ts";

/** Rows of a batch: what each is made of and where its results go. */
export interface NetworkRow {
  readonly input: InputRow;
  readonly output: OutputRow;
}

/** Runs networks with time limits. A buffer for each input is kept from one run to the next. */
export class NetworkRunner {
  readonly #timeoutMs: number;
  #buffers: ArrayBuffer[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * One run for all rows. A network that keeps states on its device would take the place of this: rows go in, written
   * targets come out, and nobody else sees tensors.
   * @throws GatewayError model_failed, model_timeout, model_output_invalid
   */
  async run(loaded: LoadedNetwork, rows: readonly NetworkRow[], options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const feeds = this.#feeds(loaded, rows);
    const made = await this.#limited(loaded, feeds, options);
    const outputs = rows.map(({ output }) => output);
    for (const { name, tensor } of loaded.outputs) {
      const output = onlyUse(loaded, name, made.get(name));
      if (!tensor.take(output, outputs) && output?.isFresh === true) freeMemory(output.values);
    }
  }

  #feeds(loaded: LoadedNetwork, rows: readonly NetworkRow[]): Map<string, Tensor> {
    const inputs = rows.map(({ input }) => input);
    const [first, ...others] = inputs;
    const feeds = new Map<string, Tensor>();
    loaded.inputs.forEach(({ name, tensor }, number) => {
      const { shape, length } = tensor.geometry(rows.length);
      const found = first !== undefined && others.length === 0 ? tensor.found(first) : undefined;
      const values = found ?? this.#buffer(number, length);
      if (found === undefined) tensor.fill(values, inputs);
      feeds.set(name, { shape, values });
    });
    return feeds;
  }

  #buffer(number: number, length: number): Float32Array<ArrayBuffer> {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    let buffer = this.#buffers[number];
    if (buffer === undefined || buffer.byteLength < bytes) {
      buffer = new ArrayBuffer(bytes);
      this.#buffers[number] = buffer;
    }
    return new Float32Array(buffer, 0, length);
  }

  async #limited(
    { plan, network, outputs }: LoadedNetwork,
    feeds: ReadonlyMap<string, Tensor>,
    { signal }: CallOptions,
  ): Promise<ReadonlyMap<string, Tensor>> {
    const controller = new AbortController();
    const stopped = Promise.withResolvers<never>();
    const stop = (reason: unknown): void => {
      this.#buffers = []; // the network may still read them
      controller.abort(reason);
      stopped.reject(reason);
    };
    const onAbort = (): void => stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer = Number.isFinite(this.#timeoutMs)
      ? setTimeout(() => stop(timedOut(plan.key, this.#timeoutMs)), this.#timeoutMs)
      : undefined;
    try {
      const wanted = outputs.map(({ name }) => name);
      return await Promise.race([network.run(feeds, wanted, { signal: controller.signal }), stopped.promise]);
    } catch (error) {
      if (isGatewayError(error) || controller.signal.aborted) throw error;
      throw new GatewayError(
        "model_failed",
        `${plan.key}: ${messageOf(error)}`,
        { network: plan.key },
        error,
      );
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** A tensor that a package names twice has to stay what it is. */
function onlyUse({ outputs }: LoadedNetwork, name: string, tensor: Tensor | undefined): Tensor | undefined {
  const uses = outputs.filter((output) => output.name === name).length;
  return tensor === undefined || uses === 1 ? tensor : { ...tensor, isFresh: false };
}

function timedOut(key: string, timeoutMs: number): GatewayError {
  return new GatewayError("model_timeout", `${key}: expected an answer within ${timeoutMs} ms, none came`, {
    network: key,
    timeoutMs,
  });
}
