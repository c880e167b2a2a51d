import {
  bytesField,
  type Field,
  floatField,
  join,
  messageField,
  textField,
  varintField,
} from "./protobuf.ts";

/** Element types of ONNX and their numbers (onnx.proto, TensorProto.DataType). */
const TYPES = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type OnnxType = keyof typeof TYPES;

export interface OnnxValue {
  readonly name: string;
  /** float32 where absent. */
  readonly type?: OnnxType;
  /** A string is a dimension of any length. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers are INT or INTS attributes; floats have to say so: `{ float: 0.5 }`. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
}
export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly tensor: OnnxTensor }
  /** Body of a Loop, If or Scan: it sees the names of the graph around it. */
  | { readonly graph: OnnxGraph };

export interface OnnxTensor {
  readonly name?: string;
  readonly shape: readonly number[];
  /** Float32Array, BigInt64Array (int64), Float64Array, Int32Array or Uint16Array (float16 bits). */
  readonly values: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint16Array;
  /** Values lie in this file beside the model instead. */
  readonly external?: { readonly file: string; readonly offset: number };
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  /** Constants by name. */
  readonly constants?: readonly (OnnxTensor & { readonly name: string })[];
  /** Version of the operators, 17 where absent. */
  readonly opset?: number;
}

/** The bytes of an `.onnx` file (onnx.proto, IR version 8). The same graph gives the same bytes. */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  return join([
    varintField(1, 8),
    textField(2, "zarr-gateway"),
    messageField(7, graphFields(graph)),
    messageField(8, [textField(1, ""), varintField(2, graph.opset ?? 17)]),
  ]);
}

function graphFields({ inputs, outputs, nodes, constants = [] }: OnnxGraph): Field[] {
  return [
    ...nodes.map((node) => messageField(1, nodeFields(node))),
    textField(2, "graph"),
    ...constants.map((tensor) => messageField(5, tensorFields(tensor))),
    ...inputs.map((value) => messageField(11, valueFields(value))),
    ...outputs.map((value) => messageField(12, valueFields(value))),
  ];
}

function nodeFields({ op, inputs, outputs, attributes = {}, domain }: OnnxNode): Field[] {
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, op),
    ...Object.entries(attributes).map(([name, value]) => messageField(5, attributeFields(name, value))),
    ...(domain === undefined ? [] : [textField(7, domain)]),
  ];
}

function attributeFields(name: string, value: OnnxAttribute): Field[] {
  const type = (number: number): Field => varintField(20, number);
  if (typeof value === "number") return [textField(1, name), varintField(3, value), type(2)];
  if (typeof value === "string") return [textField(1, name), textField(4, value), type(3)];
  if ("float" in value) return [textField(1, name), floatField(2, value.float), type(1)];
  if ("tensor" in value) return [textField(1, name), messageField(5, tensorFields(value.tensor)), type(4)];
  if ("graph" in value) return [textField(1, name), messageField(6, graphFields(value.graph)), type(5)];
  return [textField(1, name), ...value.map((number) => varintField(8, number)), type(7)];
}

function tensorFields({ name, shape, values, external }: OnnxTensor): Field[] {
  const data =
    external === undefined
      ? [bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))]
      : [
          entry("location", external.file),
          entry("offset", String(external.offset)),
          entry("length", String(values.byteLength)),
          varintField(14, 1),
        ];
  return [
    ...shape.map((length) => varintField(1, length)),
    varintField(2, typeNumber(values)),
    ...(name === undefined ? [] : [textField(8, name)]),
    ...data,
  ];
}

function entry(key: string, value: string): Field {
  return messageField(13, [textField(1, key), textField(2, value)]);
}

function typeNumber(values: OnnxTensor["values"]): number {
  if (values instanceof Float32Array) return TYPES.float32;
  if (values instanceof Float64Array) return TYPES.float64;
  if (values instanceof BigInt64Array) return TYPES.int64;
  return values instanceof Int32Array ? TYPES.int32 : TYPES.float16;
}

function valueFields({ name, type = "float32", shape }: OnnxValue): Field[] {
  const dimensions = shape.map((length) =>
    messageField(1, [typeof length === "number" ? varintField(1, length) : textField(2, length)]),
  );
  const tensorType = [varintField(1, TYPES[type]), messageField(2, dimensions)];
  return [textField(1, name), messageField(2, [messageField(1, tensorType)])];
}
