import { GatewayError } from "@zarr-gateway/primitives";
import type { Tensor, TensorMetadata } from "../../network.ts";
import { datatypeOf, wireBytes } from "./datatypes.ts";

/** How numbers travel: behind the JSON object (binary tensor data extension), or in it. */
export type TensorEncoding = "binary" | "json";

export interface InferRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent one after the other; may be sent again. */
  readonly pieces: readonly Uint8Array[];
}

export interface InferContent {
  readonly inputs: readonly TensorMetadata[];
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly wanted: readonly string[];
}

/** Copied together for one write; longer ones cost more to copy than to write one by one. */
const MAX_JOINED_BYTES = 64 * 1024;

/**
 * The body of an inference request.
 * @throws GatewayError model_failed where an input is missing, does not fit, or cannot be written so
 * @see Open Inference Protocol §Inference, Triton §Binary Tensor Data Extension
 */
export function inferRequest(content: InferContent, encoding: TensorEncoding): InferRequest {
  const isBinary = encoding === "binary";
  const data: Uint8Array[] = [];
  const inputs = content.inputs.map((input) => {
    const { name, shape, values } = feedOf(content, input);
    const described = { name, shape, datatype: datatypeOf(input.type) };
    if (!isBinary) return { ...described, data: jsonNumbers(values, input) };
    const bytes = wireBytes(values, input.type);
    data.push(bytes);
    return { ...described, parameters: { binary_data_size: bytes.length } };
  });
  const outputs = content.wanted.map((name) => ({ name, parameters: { binary_data: isBinary } }));
  // said twice: what runs behind KServe may look at either
  const parameters = isBinary ? { parameters: { binary_data_output: true } } : {};
  const json = Buffer.from(JSON.stringify({ ...parameters, inputs, outputs }));
  const length = data.reduce((sum, bytes) => sum + bytes.length, json.length);
  const pieces = [json, ...data];
  return {
    pieces: length <= MAX_JOINED_BYTES ? [Buffer.concat(pieces, length)] : pieces,
    headers: {
      "content-length": String(length),
      ...(isBinary
        ? {
            "content-type": "application/octet-stream",
            "inference-header-content-length": String(json.length),
          }
        : { "content-type": "application/json" }),
    },
  };
}

function feedOf(
  { feeds }: InferContent,
  { name, shape }: TensorMetadata,
): Tensor & { readonly name: string } {
  const feed = feeds.get(name);
  if (feed === undefined) throw new GatewayError("model_failed", `input "${name}" is not given`);
  const fits =
    feed.shape.length === shape.length &&
    shape.every((length, axis) => typeof length === "string" || length === feed.shape[axis]);
  if (fits && feed.values.length === feed.shape.reduce((product, length) => product * length, 1)) {
    return { name, ...feed };
  }
  const message = `input "${name}" has shape ${shape.join(" × ")}, given is ${feed.shape.join(" × ")}`;
  throw new GatewayError("model_failed", message);
}

function jsonNumbers(values: Float32Array, { name, type }: TensorMetadata): (number | boolean)[] {
  if (type === "bool") return Array.from(values, (value) => value !== 0);
  const isWhole = type === "int32" || type === "int64" || type === "uint8";
  return Array.from(values, (value) => {
    if (Number.isFinite(value)) return isWhole ? Math.trunc(value) : value;
    // JSON.stringify would make it null
    throw new GatewayError("model_failed", `input "${name}" has ${value}, which JSON does not know`);
  });
}
