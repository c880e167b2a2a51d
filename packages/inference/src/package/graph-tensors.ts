import { type FileHandle, open } from "node:fs/promises";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Network, TensorMetadata, TensorType } from "../network.ts";

/** onnx.proto, TensorProto.DataType; others are told by no package. */
const TYPES: Readonly<Record<number, TensorType>> = {
  1: "float32",
  2: "uint8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
};
/** Name, type and shape of a tensor are short; so is what stands before the values of a weight. */
const MAX_MESSAGE = 64 * 1024;
const BLOCK_BYTES = 256 * 1024;

/**
 * What a graph takes and gives, out of its file alone: weights are passed over, nothing is loaded or run.
 * @param path of an .onnx file
 * @returns undefined for a file that cannot be understood: whoever loads it says what is wrong
 * @see onnx.proto: ModelProto.graph, GraphProto.input, output and initializer, ValueInfoProto
 */
export async function readGraphTensors(
  path: string,
  { signal }: CallOptions = {},
): Promise<Pick<Network, "inputs" | "outputs"> | undefined> {
  const file = await open(path);
  try {
    const reader = new FieldReader(file, signal);
    const { size } = await file.stat();
    const graph = await findGraph(reader, size);
    return graph && (await readGraph(reader, graph));
  } finally {
    await file.close();
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}
interface Field extends Span {
  readonly number: number;
}

async function findGraph(reader: FieldReader, size: number): Promise<Span | undefined> {
  for await (const field of reader.fields({ start: 0, end: size })) if (field.number === 7) return field;
  return undefined;
}

async function readGraph(
  reader: FieldReader,
  graph: Span,
): Promise<Pick<Network, "inputs" | "outputs"> | undefined> {
  const inputs: TensorMetadata[] = [];
  const outputs: TensorMetadata[] = [];
  const weights = new Set<string>();
  for await (const field of reader.fields(graph)) {
    if (field.number === 5) weights.add(textOf(await reader.bytes(field), 8));
    if (field.number !== 11 && field.number !== 12) continue;
    const found = tensorOf(await reader.bytes(field));
    if (found === undefined) return undefined;
    (field.number === 11 ? inputs : outputs).push(found);
  }
  // graphs of before 2019 list their weights among the inputs
  return outputs.length === 0
    ? undefined
    : { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs };
}

/** ValueInfoProto: name, type { tensor_type { elem_type, shape { dim { value, param } } } } */
function tensorOf(bytes: Uint8Array): TensorMetadata | undefined {
  const tensor = childOf(childOf(bytes, 2), 1);
  const type = tensor && TYPES[numberOf(tensor, 1) ?? 0];
  if (tensor === undefined || type === undefined) return undefined;
  const dims = messages(childOf(tensor, 2), 1);
  const shape = dims.map((dim, axis) => lengthOf(dim) ?? (textOf(dim, 2) || `axis ${axis}`));
  return { name: textOf(bytes, 1), type, shape };
}

/** A negative length, which some exporters write for any, is a very large one without its sign. */
function lengthOf(dim: Uint8Array): number | undefined {
  const length = numberOf(dim, 1);
  return length !== undefined && length > 0 && length < 2 ** 31 ? length : undefined;
}

interface Value {
  readonly number: number;
  /** Of a varint; -1 for none. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

function* values(bytes: Uint8Array): Generator<Value> {
  let at = 0;
  while (at < bytes.length) {
    const header = headerAt(bytes, at);
    if (header === undefined) return;
    const start = at + header.headerBytes;
    yield { number: header.number, value: header.value, bytes: bytes.subarray(start, start + header.length) };
    at = start + header.length;
  }
}

function messages(bytes: Uint8Array | undefined, number: number): Uint8Array[] {
  if (bytes === undefined) return [];
  return [...values(bytes)]
    .filter((field) => field.number === number && field.value < 0)
    .map((field) => field.bytes);
}
function childOf(bytes: Uint8Array | undefined, number: number): Uint8Array | undefined {
  return messages(bytes, number)[0];
}
function textOf(bytes: Uint8Array, number: number): string {
  return Buffer.from(childOf(bytes, number) ?? []).toString("utf8");
}
function numberOf(bytes: Uint8Array, number: number): number | undefined {
  for (const field of values(bytes)) if (field.number === number && field.value >= 0) return field.value;
  return undefined;
}

interface Header {
  readonly number: number;
  readonly value: number;
  readonly headerBytes: number;
  readonly length: number;
}

/** Protocol Buffers §Message Structure; undefined for what is none, or cut off. */
function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  const tag = varintAt(bytes, at);
  if (tag === undefined) return undefined;
  const number = Math.floor(tag.value / 8);
  const field = (value: number, end: number, length: number): Header => ({
    number,
    value,
    headerBytes: end - at,
    length,
  });
  switch (tag.value % 8) {
    case 0: {
      const value = varintAt(bytes, tag.end);
      return value && field(value.value, value.end, 0);
    }
    case 1:
      return field(-1, tag.end, 8);
    case 2: {
      const length = varintAt(bytes, tag.end);
      return length && field(-1, length.end, length.value);
    }
    case 5:
      return field(-1, tag.end, 4);
    default:
      return undefined;
  }
}

function varintAt(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = start; at < Math.min(bytes.length, start + 10); at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * 128 ** (at - start);
    if (byte < 128) return { value, end: at + 1 };
  }
  return undefined;
}

/** Fields of a file one after the other; what is long is not read. */
class FieldReader {
  readonly #file: FileHandle;
  readonly #signal: AbortSignal | undefined;
  #block: Uint8Array = new Uint8Array(0);
  #blockStart = 0;

  constructor(file: FileHandle, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#signal = signal;
  }

  async *fields({ start, end }: Span): AsyncGenerator<Field> {
    let at = start;
    while (at < end) {
      const header = headerAt(await this.#at(at, 20), 0);
      if (header === undefined) return;
      const from = at + header.headerBytes;
      at = from + header.length;
      yield { number: header.number, start: from, end: at };
    }
  }

  /** The first of them, where there are many. */
  bytes({ start, end }: Span): Promise<Uint8Array> {
    return this.#at(start, Math.min(end - start, MAX_MESSAGE));
  }

  /** Fewer at the end of the file. */
  async #at(position: number, count: number): Promise<Uint8Array> {
    const offset = position - this.#blockStart;
    if (offset < 0 || offset + count > this.#block.length) {
      this.#signal?.throwIfAborted();
      const buffer = new Uint8Array(Math.max(BLOCK_BYTES, count));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
      this.#block = buffer.subarray(0, bytesRead);
      this.#blockStart = position;
    }
    const from = position - this.#blockStart;
    return this.#block.subarray(from, from + count);
  }
}
