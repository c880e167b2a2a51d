import type { CallOptions } from "@zarr-gateway/primitives";
import type { GridAxis, ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { TensorMetadata } from "../network.ts";
import { readGraphTensors } from "./graph-tensors.ts";

/** What a model reads and writes, told to others: plain JSON, without paths and addresses. */
export interface ModelInterface {
  readonly title: string;
  readonly description?: string;
  readonly license?: string;
  readonly references?: string;
  readonly version: string;
  readonly runtime: string;
  /** ISO 8601. */
  readonly step?: string;
  readonly isRandom: boolean;
  readonly networks: readonly NetworkInterface[];
}

export interface NetworkInterface {
  readonly key: string;
  readonly inputs: readonly TensorInterface[];
  readonly outputs: readonly TensorInterface[];
}

export interface TensorInterface {
  readonly name: string;
  readonly dims: readonly string[];
  /** -1: any length. */
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly variables: readonly string[];
}

const HOUR_MS = 3_600_000;

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
    ...(model.networks.length > 0 && { step: durationText(model.stepMs) }),
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

function durationText(ms: number): string {
  return ms % HOUR_MS === 0 ? `PT${ms / HOUR_MS}H` : `PT${ms / 1000}S`;
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
