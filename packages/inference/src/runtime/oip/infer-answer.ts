import { GatewayError, plainLine } from "@zarr-gateway/primitives";
import type { Tensor, TensorMetadata } from "../../network.ts";
import { bytesPerElement, datatypeOf, numbersOfWire } from "./datatypes.ts";
import { isRecord } from "./model-metadata.ts";

export interface InferAnswer {
  readonly body: Uint8Array;
  /** Of the JSON object; undefined where nothing but it has come. */
  readonly headerLength: number | undefined;
}

export interface ExpectedOutputs {
  readonly outputs: readonly TensorMetadata[];
  readonly wanted: readonly string[];
}

/** ONNX knows no more either. */
const MAX_RANK = 32;

interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data?: unknown;
  readonly binaryBytes?: number;
}

/**
 * Tensors out of an answer, whatever order they came in, binary or not. Float32 ones are views of the body.
 * @throws GatewayError model_output_invalid for everything that is not what the model's metadata promised
 */
export function parseInferAnswer(
  { body, headerLength = body.length }: InferAnswer,
  { outputs, wanted }: ExpectedOutputs,
): ReadonlyMap<string, Tensor> {
  if (headerLength > body.length) {
    throw invalid(`the header is said to have ${headerLength} bytes, the whole answer has ${body.length}`);
  }
  const described = describedOutputs(parseJson(body.subarray(0, headerLength)));
  const tensors = new Map<string, Tensor>();
  let offset = headerLength;
  for (const output of described) {
    const { name, binaryBytes } = output;
    const end = offset + (binaryBytes ?? 0);
    if (end > body.length) {
      throw invalid(
        `output "${label(name)}" is said to have ${binaryBytes} bytes, ${body.length - offset} are left`,
      );
    }
    const expected = outputs.find((one) => one.name === name);
    if (expected && wanted.includes(name))
      tensors.set(name, tensorOf(output, body.subarray(offset, end), expected));
    offset = end;
  }
  if (offset !== body.length) throw invalid(`${body.length - offset} bytes belong to no output`);
  const missing = wanted.find((name) => !tensors.has(name));
  if (missing === undefined) return tensors;
  const came = described.map(({ name }) => `"${label(name)}"`).join(", ");
  throw invalid(`output "${missing}" was asked for, came: ${came || "none"}`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    throw new GatewayError("model_output_invalid", "the answer is not JSON", {}, error);
  }
}

function describedOutputs(document: unknown): Described[] {
  const list = isRecord(document) ? document["outputs"] : undefined;
  if (!Array.isArray(list)) throw invalid(`the answer has no list "outputs"`);
  return list.map((output: unknown, position) => {
    if (!isRecord(output)) throw invalid(`outputs[${position}] is no object`);
    const { name, shape, datatype, parameters, data } = output;
    if (typeof name !== "string" || typeof datatype !== "string" || !isLengths(shape)) {
      throw invalid(`outputs[${position}] has no name, datatype and shape`);
    }
    const size = isRecord(parameters) ? parameters["binary_data_size"] : undefined;
    if (size !== undefined && !isLength(size))
      throw invalid(`outputs[${position}]: binary_data_size is no size`);
    const binary = size === undefined ? {} : { binaryBytes: size };
    return { name, shape, datatype, data, ...binary };
  });
}

function tensorOf(
  { shape, datatype, data, binaryBytes }: Described,
  bytes: Uint8Array,
  expected: TensorMetadata,
): Tensor {
  const { name, type } = expected;
  const known = expected.shape;
  const fits =
    shape.length === known.length &&
    known.every((length, axis) => typeof length === "string" || length === shape[axis]);
  if (!fits) throw invalid(`output "${name}" has shape ${known.join(" × ")}, came: ${shape.join(" × ")}`);
  if (datatype !== datatypeOf(type)) {
    throw invalid(`output "${name}" is ${datatypeOf(type)}, came: ${plainLine(datatype, 40)}`);
  }
  const count = shape.reduce((product, length) => product * length, 1);
  if (binaryBytes === undefined) return { shape, values: jsonValues(data, { name, count }) };
  if (binaryBytes !== count * bytesPerElement(type)) {
    const said = `output "${name}" of shape ${shape.join(" × ")} and type ${datatype}`;
    throw invalid(`${said} has ${count * bytesPerElement(type)} bytes, came: ${binaryBytes}`);
  }
  return { shape, values: numbersOfWire(bytes, type) };
}

/** `data` is flat or nested as the shape is. */
function jsonValues(
  data: unknown,
  { name, count }: { readonly name: string; readonly count: number },
): Float32Array {
  const values = new Float32Array(count);
  let position = 0;
  const take = (value: unknown, depth: number): void => {
    if (Array.isArray(value) && depth < MAX_RANK) {
      for (const element of value as unknown[]) take(element, depth + 1);
    } else if (typeof value === "number" || typeof value === "boolean") {
      values[position++] = Number(value); // beyond the end: dropped, and counted
    } else {
      throw invalid(`output "${name}" has data that are no numbers`);
    }
  };
  if (!Array.isArray(data)) throw invalid(`output "${name}" has no data`);
  take(data, 0);
  if (position === count) return values;
  throw invalid(`output "${name}" has ${count} values, came: ${position}`);
}

function isLengths(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isLength);
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A name that the server gave, for a message. */
function label(name: string): string {
  return plainLine(name, 80);
}

function invalid(message: string): GatewayError {
  return new GatewayError("model_output_invalid", message);
}
