import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from "@zarr-gateway/testkit/onnx";

/** Name of a tensor of a graph. */
export type Name = string;

/** Writes nodes in the order in which it is called. */
export class GraphBuilder {
  #nodes: OnnxNode[] = [];
  #count = 0;
  readonly #constants: (OnnxTensor & { readonly name: string })[] = [];

  constant(shape: readonly number[], values: ArrayLike<number>): Name {
    return this.#keep(shape, Float32Array.from(values));
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): Name {
    return this.#keep(shape, BigInt64Array.from(values, BigInt));
  }

  /** The same values in the same shape are one constant. */
  #keep(shape: readonly number[], values: Float32Array | BigInt64Array): Name {
    const known = this.#constants.find((other) => isSame(other, { shape, values }));
    if (known !== undefined) return known.name;
    const name = this.#newName("constant");
    this.#constants.push({ name, shape, values });
    return name;
  }

  node(op: string, inputs: readonly Name[], attributes?: Readonly<Record<string, OnnxAttribute>>): Name {
    const output = this.#newName(op);
    this.#nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) });
    return output;
  }

  add = (...terms: readonly Name[]): Name => terms.reduce((sum, term) => this.node("Add", [sum, term]));
  subtract = (from: Name, what: Name): Name => this.node("Sub", [from, what]);
  multiply = (...factors: readonly Name[]): Name =>
    factors.reduce((product, factor) => this.node("Mul", [product, factor]));
  matmul = (left: Name, right: Name): Name => this.node("MatMul", [left, right]);
  concat = (parts: readonly Name[], axis: number): Name => this.node("Concat", parts, { axis });
  transpose = (what: Name, perm: readonly number[]): Name => this.node("Transpose", [what], { perm });
  /** One length may be -1: what is left. */
  reshape = (what: Name, shape: readonly number[]): Name =>
    this.node("Reshape", [what, this.integers(shape)]);
  /** These positions along an axis, in this order. */
  take = (what: Name, axis: number, positions: readonly number[]): Name =>
    this.node("Gather", [what, this.integers(positions)], { axis });

  /** Replaces a value again and again by one of the same shape; what `body` writes is done each time. */
  repeat(
    times: number,
    start: { readonly value: Name; readonly shape: OnnxValue["shape"] },
    body: (value: Name) => Name,
  ): Name {
    const outer = this.#nodes;
    this.#nodes = [];
    const [number, goesOn, before] = [
      this.#newName("number"),
      this.#newName("goesOn"),
      this.#newName("before"),
    ];
    const after = body(before);
    const stillGoesOn = this.node("Identity", [goesOn]);
    const graph: OnnxGraph = {
      inputs: [
        { name: number, type: "int64", shape: [] },
        { name: goesOn, type: "bool", shape: [] },
        { name: before, shape: start.shape },
      ],
      outputs: [
        { name: stillGoesOn, type: "bool", shape: [] },
        { name: after, shape: start.shape },
      ],
      nodes: this.#nodes,
    };
    this.#nodes = outer;
    return this.node("Loop", [this.integers([times], []), "", start.value], { body: { graph } });
  }

  /** All that was written, with these tensors as outputs, under the names that they get. */
  graph(inputs: readonly OnnxValue[], outputs: readonly (OnnxValue & { readonly from: Name })[]): OnnxGraph {
    const named = outputs.map(({ from, name }) => ({ op: "Identity", inputs: [from], outputs: [name] }));
    return { inputs, outputs, nodes: [...this.#nodes, ...named], constants: this.#constants };
  }

  #newName(kind: string): Name {
    return `${kind}_${this.#count++}`;
  }
}

function isSame(one: OnnxTensor, other: OnnxTensor): boolean {
  return (
    one.shape.join() === other.shape.join() &&
    one.values.constructor === other.values.constructor &&
    one.values.every((value, position) => value === other.values[position])
  );
}
