import type { TensorType } from "../../network.ts";
import { fromLibrary, type LibraryValues, toLibrary } from "../onnx/element-types.ts";

interface Datatype {
  readonly type: TensorType;
  readonly array: {
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): LibraryValues;
    readonly BYTES_PER_ELEMENT: number;
  };
}

/** Open Inference Protocol §Tensor Data Types: the names that this client knows. */
const DATATYPES: Readonly<Record<string, Datatype>> = {
  FP16: { type: "float16", array: Float16Array },
  FP32: { type: "float32", array: Float32Array },
  FP64: { type: "float64", array: Float64Array },
  INT32: { type: "int32", array: Int32Array },
  INT64: { type: "int64", array: BigInt64Array },
  UINT8: { type: "uint8", array: Uint8Array },
  BOOL: { type: "bool", array: Uint8Array },
};

/** undefined for what the protocol has and no model of numbers needs: BYTES, UINT64, … */
export function typeOfDatatype(datatype: string): TensorType | undefined {
  return Object.hasOwn(DATATYPES, datatype) ? DATATYPES[datatype]?.type : undefined;
}

export const KNOWN_DATATYPES: readonly string[] = Object.keys(DATATYPES);

export function datatypeOf(type: TensorType): string {
  const found = KNOWN_DATATYPES.find((name) => DATATYPES[name]?.type === type);
  return found as string; // every type has a row in the table
}

export function bytesPerElement(type: TensorType): number {
  return DATATYPES[datatypeOf(type)]?.array.BYTES_PER_ELEMENT ?? 0;
}

/**
 * Numbers as the wire has them: little-endian, in C order. Float32 is not copied.
 * @throws GatewayError model_failed where a type of integers cannot hold a value
 */
export function wireBytes(values: Float32Array, type: TensorType): Uint8Array {
  const { buffer, byteOffset, byteLength } = toLibrary(type, values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The inverse. Float32 that lies on a multiple of four bytes is not copied. */
export function numbersOfWire(bytes: Uint8Array, type: TensorType): Float32Array {
  const { array } = DATATYPES[datatypeOf(type)] as Datatype; // every type has a row in the table
  const size = array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return fromLibrary(new array(aligned.buffer, aligned.byteOffset, bytes.length / size));
}
