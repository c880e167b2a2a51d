import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { Network, Runtime, TensorMetadata } from "../network.ts";
import { type InputTensor, inputTensor } from "../tensor/input-tensor.ts";
import { type OutputTensor, outputTensor } from "../tensor/output-tensor.ts";

/** A graph and how the package's states become its tensors. */
export interface LoadedNetwork {
  readonly plan: NetworkPlan;
  readonly network: Network;
  readonly inputs: readonly Named<InputTensor>[];
  readonly outputs: readonly Named<OutputTensor>[];
  /** True where one run may carry several rows. */
  readonly isBatched: boolean;
}

/** A tensor under the name that it has in the graph. */
export interface Named<Value> {
  readonly name: string;
  readonly tensor: Value;
}

/** All graphs of a package. */
export interface LoadedModel {
  readonly networks: ReadonlyMap<NetworkPlan, LoadedNetwork>;
  readonly diagnostics: readonly LoadedNetwork[];
  close(): Promise<void>;
}

/**
 * Loads every graph of a package once, also where several networks name it.
 * @throws GatewayError model_failed for a graph that cannot be loaded, or that does not fit what the package says of it
 */
export async function loadModel(
  model: ModelPackage,
  runtime: Runtime,
  options: CallOptions = {},
): Promise<LoadedModel> {
  const graphs = new Map<string, Network>();
  const close = async (): Promise<void> => {
    await Promise.all([...graphs.values()].map((graph) => graph.close()));
    graphs.clear();
  };
  const load = async (plan: NetworkPlan): Promise<LoadedNetwork> => {
    const key = JSON.stringify([plan.file, plan.model]);
    const network = graphs.get(key) ?? (await runtime.load(plan, options));
    graphs.set(key, network);
    return bound(model, plan, network);
  };
  try {
    const networks = new Map<NetworkPlan, LoadedNetwork>();
    for (const plan of model.networks) networks.set(plan, await load(plan));
    const diagnostics: LoadedNetwork[] = [];
    for (const plan of model.diagnostics) diagnostics.push(await load(plan));
    return { networks, diagnostics, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function bound(model: ModelPackage, plan: NetworkPlan, network: Network): LoadedNetwork {
  const inputs = plan.inputs.map((tensor) => metadataOf(plan, tensor, network.inputs));
  const outputs = plan.outputs.map((tensor) => metadataOf(plan, tensor, network.outputs));
  return {
    plan,
    network,
    inputs: plan.inputs.map((tensor, number) => ({
      name: inputs[number]!.name,
      tensor: inputTensor(model, plan, tensor),
    })),
    outputs: plan.outputs.map((tensor, number) => ({
      name: outputs[number]!.name,
      tensor: outputTensor(model, plan, tensor),
    })),
    isBatched:
      plan.inputs.every((tensor, number) => isFree(tensor, inputs[number]!) || isSameForAll(tensor)) &&
      plan.outputs.every((tensor, number) => isFree(tensor, outputs[number]!)),
  };
}

function metadataOf(
  { key }: NetworkPlan,
  { name }: TensorPlan,
  all: readonly TensorMetadata[],
): TensorMetadata {
  const position = /^\$(\d+)$/.exec(name)?.[1];
  const found = position === undefined ? all.find((one) => one.name === name) : all[Number(position)];
  if (found !== undefined) return found;
  const names = all.map((one) => one.name).join(", ");
  throw new GatewayError("model_failed", `${key}: the graph has no tensor ${name}, it has ${names}`);
}

function isFree({ layout }: TensorPlan, { shape }: TensorMetadata): boolean {
  const dimension = layout.findIndex((axes) => axes.includes("batch"));
  return dimension >= 0 && typeof shape[dimension] === "string";
}

/** Rows of a batch differ in states, times and random numbers only. */
function isSameForAll({ layout, channels }: TensorPlan): boolean {
  return !layout.flat().includes("batch") && channels.every(({ kind }) => kind === "static");
}
