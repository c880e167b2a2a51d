import type { Tensor as LibraryTensor, OnnxValue } from "onnxruntime-node";
import type { TensorMetadata } from "../../network.ts";

type TensorClass = typeof LibraryTensor;

/** Arrays that outputs are written to, run after run, where their lengths follow from those of the inputs. */
export class OutputTargets {
  readonly #Tensor: TensorClass;
  readonly #inputs: readonly TensorMetadata[];
  readonly #outputs: ReadonlyMap<string, TensorMetadata>;
  readonly #tensors = new Map<string, LibraryTensor>();
  #isGivenUp = false;

  constructor(
    Tensor: TensorClass,
    graph: { readonly inputs: readonly TensorMetadata[]; readonly outputs: readonly TensorMetadata[] },
  ) {
    this.#Tensor = Tensor;
    this.#inputs = graph.inputs;
    this.#outputs = new Map(graph.outputs.map((output) => [output.name, output]));
  }

  /** undefined where they cannot be known before the run, and for types that are converted anyway. */
  of(
    feeds: Readonly<Record<string, OnnxValue>>,
    wanted: readonly string[],
  ): Record<string, LibraryTensor> | undefined {
    if (this.#isGivenUp) return undefined;
    const lengths = this.#lengths(feeds);
    const targets: Record<string, LibraryTensor> = {};
    for (const name of wanted) {
      const target = this.#target(this.#outputs.get(name), lengths);
      if (target === undefined) return undefined;
      targets[name] = target;
    }
    return targets;
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.#tensors.clear();
  }

  /** Of dimensions that the graph names. */
  #lengths(feeds: Readonly<Record<string, OnnxValue>>): ReadonlyMap<string, number> {
    const lengths = new Map<string, number>();
    for (const { name, shape } of this.#inputs)
      shape.forEach((dimension, axis) => {
        const length = feeds[name]?.dims[axis];
        if (typeof dimension === "string" && dimension !== "" && length !== undefined)
          lengths.set(dimension, length);
      });
    return lengths;
  }

  #target(
    output: TensorMetadata | undefined,
    lengths: ReadonlyMap<string, number>,
  ): LibraryTensor | undefined {
    if (output?.type !== "float32") return undefined;
    const shape: number[] = [];
    for (const dimension of output.shape) {
      const length = typeof dimension === "number" ? dimension : lengths.get(dimension);
      if (length === undefined) return undefined;
      shape.push(length);
    }
    const known = this.#tensors.get(output.name);
    if (known?.dims.join() === shape.join()) return known;
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = new this.#Tensor("float32", new Float32Array(size), shape);
    this.#tensors.set(output.name, tensor);
    return tensor;
  }
}
