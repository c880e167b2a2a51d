import type { ModelInterface, NetworkInterface, TensorInterface } from "@zarr-gateway/dataset";
import { type CallOptions, formatIsoDuration } from "@zarr-gateway/primitives";
import type { GridAxis, ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { TensorMetadata } from "../network.ts";
import { readGraphTensors } from "./graph-tensors.ts";

/** Reads the heads of the graphs for the types of their tensors; nothing is loaded or run. */
export async function modelInterface(
  model: ModelPackage,
  options: CallOptions = {},
): Promise<ModelInterface> {
  const plans = [...model.networks, ...model.diagnostics];
  const networks: NetworkInterface[] = [];
  for (const plan of plans) {
    const graph = plan.file === undefined ? undefined : await readGraphTensors(plan.file, options);
    networks.push(networkInterface(plan, model.grid, graph));
  }
  const text = (name: string): Record<string, string> => {
    const value = model.attrs[name];
    return typeof value === "string" && value !== "" ? { [name]: value } : {};
  };
  return {
    title: text("title")["title"] ?? "model",
    ...text("description"),
    ...text("license"),
    ...text("references"),
    version: model.version,
    runtime: model.runtime.name,
    ...(model.networks.length > 0 && { step: formatIsoDuration(model.stepMs) }),
    isRandom: plans.some(({ inputs }) =>
      inputs.some(({ channels }) => channels.some(({ kind }) => kind === "random")),
    ),
    networks,
  };
}

function networkInterface(
  plan: NetworkPlan,
  grid: readonly GridAxis[],
  graph:
    | { readonly inputs: readonly TensorMetadata[]; readonly outputs: readonly TensorMetadata[] }
    | undefined,
): NetworkInterface {
  const tensors = (plans: readonly TensorPlan[], known: readonly TensorMetadata[] | undefined) =>
    plans.map((tensor) => tensorInterface(tensor, grid, known && findTensor(tensor.name, known)));
  return {
    key: plan.key,
    inputs: tensors(plan.inputs, graph?.inputs),
    outputs: tensors(plan.outputs, graph?.outputs),
  };
}

/** `$1` is the second of the graph. */
function findTensor(name: string, known: readonly TensorMetadata[]): TensorMetadata | undefined {
  const position = /^\$(\d+)$/.exec(name)?.[1];
  return position === undefined ? known.find((one) => one.name === name) : known[Number(position)];
}

function tensorInterface(
  tensor: TensorPlan,
  grid: readonly GridAxis[],
  known: TensorMetadata | undefined,
): TensorInterface {
  const lengths = new Map<string, number>([
    ["batch", -1],
    ["time", tensor.times.length],
    ["channel", tensor.channels.length],
    ["variable", tensor.channels.length / tensor.levelCount],
    ["level", tensor.levelCount],
    // the axes of maps have no length before they are laid on a dataset
    ...grid.map(({ name, labels }): [string, number] => [name, labels.length === 0 ? -1 : labels.length]),
  ]);
  const lengthOf = (axes: readonly string[]): number => {
    const all = axes.map((axis) => lengths.get(axis) ?? -1);
    return all.includes(-1) ? -1 : all.reduce((product, length) => product * length, 1);
  };
  const fields = tensor.channels.flatMap((channel) => (channel.kind === "field" ? [channel.variable] : []));
  const fixed = known?.shape.map((length) => (typeof length === "number" ? length : -1));
  const planned = tensor.layout.map(lengthOf);
  return {
    name: known?.name ?? tensor.name,
    dims: tensor.layout.map((axes) => axes.join("-")),
    shape: planned.map((length, axis) => (length === -1 ? (fixed?.[axis] ?? -1) : length)),
    dtype: known?.type ?? "float32",
    variables: [...new Set(fields)],
  };
}

/** The interfaces of the models that make datasets, by the dataset's id. */
export class ModelInterfaces {
  readonly #known = new Map<string, ModelInterface>();

  of(id: string): ModelInterface | undefined {
    return this.#known.get(id);
  }

  /** Before a dataset is made of a model as its files are now. */
  async note(id: string, model: ModelPackage, options: CallOptions = {}): Promise<void> {
    if (this.#known.get(id)?.version === model.version) return;
    this.#known.set(id, await modelInterface(model, options));
  }
}
