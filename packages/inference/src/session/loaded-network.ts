import type { CallOptions } from "@zarr-gateway/primitives";
import type { ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { Network, Runtime, TensorMetadata } from "../network.ts";
import { batchLength, checkAgainstNetwork, tensorNamed } from "../package/check-against-network.ts";
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
 * @throws GatewayError model_failed for a graph that cannot be loaded; ModelPackageError for one that does not fit the package
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
  checkAgainstNetwork(plan, network, model.grid);
  const metadataOf = ({ name }: TensorPlan, all: readonly TensorMetadata[]): TensorMetadata =>
    tensorNamed(name, all)!; // the check has found it
  const hasRows = (tensor: TensorPlan, all: readonly TensorMetadata[]): boolean =>
    batchLength(tensor, metadataOf(tensor, all)) === "free";
  return {
    plan,
    network,
    inputs: plan.inputs.map((tensor) => ({
      name: metadataOf(tensor, network.inputs).name,
      tensor: inputTensor(model, plan, tensor),
    })),
    outputs: plan.outputs.map((tensor) => ({
      name: metadataOf(tensor, network.outputs).name,
      tensor: outputTensor(model, plan, tensor),
    })),
    isBatched:
      plan.inputs.every((tensor) => isSameForAll(tensor) || hasRows(tensor, network.inputs)) &&
      plan.outputs.every((tensor) => hasRows(tensor, network.outputs)),
  };
}

/** Rows of a batch differ in states, times and random numbers only. */
function isSameForAll({ layout, channels }: TensorPlan): boolean {
  return !layout.flat().includes("batch") && channels.every(({ kind }) => kind === "static");
}
