import { GatewayError, plainLine } from "@zarr-gateway/primitives";
import type { TensorMetadata } from "../../network.ts";
import { KNOWN_DATATYPES, typeOfDatatype } from "./datatypes.ts";

export interface OipModelMetadata {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/**
 * What a server says of a model (Open Inference Protocol §Model Metadata). Dimensions of −1 are free; since the protocol
 * has no names for them, each gets one of its own: `input.0`.
 * @throws GatewayError model_failed where it is not what the protocol says, or has tensors that are no numbers
 */
export function parseModelMetadata(document: unknown, model: string): OipModelMetadata {
  if (!isRecord(document)) throw wrong(model, "an object was expected");
  return {
    inputs: tensors(document["inputs"], model, "inputs"),
    outputs: tensors(document["outputs"], model, "outputs"),
  };
}

function tensors(value: unknown, model: string, key: string): TensorMetadata[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw wrong(model, `"${key}" is a list of at least one tensor, the server says nothing of them`);
  }
  return value.map((tensor: unknown, position) => parseTensor(tensor, `${key}[${position}]`, model));
}

function parseTensor(tensor: unknown, key: string, model: string): TensorMetadata {
  if (!isRecord(tensor)) throw wrong(model, `${key}: an object was expected`);
  const { name, datatype, shape } = tensor;
  if (typeof name !== "string" || name === "") throw wrong(model, `${key}: a name was expected`);
  const label = plainLine(name, 80);
  const type = typeof datatype === "string" ? typeOfDatatype(datatype) : undefined;
  if (type === undefined) {
    const came = plainLine(String(datatype), 40);
    throw wrong(model, `tensor "${label}" has datatype ${came}; known are ${KNOWN_DATATYPES.join(", ")}`);
  }
  if (!isShape(shape)) throw wrong(model, `tensor "${label}": its shape is a list of lengths, −1 where free`);
  return { name, type, shape: shape.map((length, axis) => (length < 0 ? `${name}.${axis}` : length)) };
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= -1);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(model: string, reason: string): GatewayError {
  return new GatewayError("model_failed", `metadata of model "${model}": ${reason}`, { model });
}
