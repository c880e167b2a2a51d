/** Finds the files in which tensors of a graph lie, out of its bytes as they come; large tensors are passed over. */
export interface ExternalDataScan {
  push(bytes: Uint8Array): void;
  /** In the order of the graph, each once. */
  locations(): readonly string[];
}

/** Messages of onnx.proto: which fields lead to tensors, and to which message. */
const FIELDS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: "Graph", 20: "Training", 25: "Function" },
  Training: { 1: "Graph", 2: "Graph" },
  Graph: { 1: "Node", 5: "Tensor", 15: "SparseTensor" },
  Function: { 7: "Node", 11: "Attribute" },
  Node: { 5: "Attribute" },
  Attribute: { 5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor" },
  SparseTensor: { 1: "Tensor", 2: "Tensor" },
  Tensor: { 13: "Entry" },
  Entry: { 1: "Text", 2: "Text" },
};
/** Field number and length: two varints. */
const MAX_HEADER = 20;
const MAX_TEXT = 4096;
const MAX_LOCATIONS = 10_000;

interface Frame {
  readonly message: string;
  /** Position in the file. */
  readonly end: number;
}

/** @see onnx.proto, TensorProto.external_data: entries of keys and values, of which `location` is the file */
export function createExternalDataScan(): ExternalDataScan {
  const frames: Frame[] = [{ message: "Model", end: Number.POSITIVE_INFINITY }];
  const found = new Set<string>();
  let entry: { key: string; value: string } = { key: "", value: "" };
  let pending: Uint8Array = new Uint8Array(0);
  let position = 0; // of the first pending byte
  let skipUntil = 0;

  const leave = (): void => {
    while (position >= (frames.at(-1)?.end ?? 0)) {
      const left = frames.pop();
      if (left?.message === "Entry" && entry.key === "location" && found.size < MAX_LOCATIONS)
        found.add(entry.value);
    }
  };

  /** Takes one field; false where more bytes have to come first. */
  const take = (isLast: boolean): boolean => {
    leave();
    const frame = frames.at(-1);
    if (frame === undefined || pending.length === 0) return false;
    const header = readField(pending);
    if (header === undefined) {
      if (pending.length >= MAX_HEADER || isLast) skipUntil = Number.POSITIVE_INFINITY; // no protobuf
      return false;
    }
    const { field, length, headerBytes, isMessage } = header;
    const message = isMessage ? FIELDS[frame.message]?.[field] : undefined;
    const start = position + headerBytes;
    if (message === "Text") {
      if (length <= MAX_TEXT && pending.length < headerBytes + length) return false;
      const text = Buffer.from(
        pending.subarray(headerBytes, headerBytes + Math.min(length, MAX_TEXT)),
      ).toString();
      entry = field === 1 ? { ...entry, key: text } : { ...entry, value: text };
    } else if (message !== undefined) {
      if (message === "Entry") entry = { key: "", value: "" };
      frames.push({ message, end: start + length });
      advance(headerBytes);
      return true;
    }
    skipUntil = start + length;
    advance(Math.min(pending.length, headerBytes + length));
    return position >= skipUntil;
  };

  const advance = (count: number): void => {
    pending = pending.subarray(count);
    position += count;
  };

  return {
    push(bytes) {
      const skipped = Math.min(bytes.length, Math.max(0, skipUntil - position - pending.length));
      if (pending.length === 0) {
        position += skipped;
        pending = bytes.subarray(skipped);
      } else pending = Buffer.concat([pending, bytes]);
      if (position < skipUntil) return;
      while (take(false));
      pending = Uint8Array.from(pending); // what is left is short, and the stream's buffer is its own
    },
    locations() {
      leave();
      return [...found];
    },
  };
}

interface Field {
  readonly field: number;
  /** Of what follows the header. */
  readonly length: number;
  readonly headerBytes: number;
  readonly isMessage: boolean;
}

/** Number and length of the field that begins here; undefined where it is cut off or none. */
function readField(bytes: Uint8Array): Field | undefined {
  const tag = readVarint(bytes, 0);
  if (tag === undefined) return undefined;
  const field = Math.floor(tag.value / 8);
  const next = tag.end;
  switch (tag.value % 8) {
    case 0: {
      const value = readVarint(bytes, next);
      return value && { field, length: 0, headerBytes: value.end, isMessage: false };
    }
    case 1:
      return { field, length: 8, headerBytes: next, isMessage: false };
    case 2: {
      const length = readVarint(bytes, next);
      return length && { field, length: length.value, headerBytes: length.end, isMessage: true };
    }
    case 5:
      return { field, length: 4, headerBytes: next, isMessage: false };
    default:
      return undefined; // groups are not in onnx.proto
  }
}

function readVarint(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = start; i < Math.min(bytes.length, start + 10); i++) {
    const byte = bytes[i] ?? 0;
    value += (byte % 128) * 128 ** (i - start);
    if (byte < 128) return { value, end: i + 1 };
  }
  return undefined;
}
