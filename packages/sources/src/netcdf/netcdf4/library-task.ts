import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { DataType, FillValue, Values } from "@zarr-gateway/dataset";
import { GatewayError, messageOf, type Transferred } from "@zarr-gateway/primitives";
import h5wasm, { type Dataset } from "h5wasm/node";
import { type PaddedInteger, unpadIntegers } from "./significant-bits.ts";

/** A box of a dataset. */
export interface LibrarySlice {
  readonly file: string;
  /** Path of the dataset in the file. */
  readonly dataset: string;
  readonly dtype: DataType;
  /** Integers with padding bits: the library gives elements as they are stored. */
  readonly padded?: PaddedInteger;
  readonly start: readonly number[];
  /** Elements to read along each dimension, from `start`. */
  readonly stored: readonly number[];
  /** Elements wanted along each dimension: where more than stored, the rest is `fill`. */
  readonly shape: readonly number[];
  readonly fill: FillValue | null;
}

let library: Promise<typeof h5wasm> | undefined;

async function loadLibrary(): Promise<typeof h5wasm> {
  const module = await h5wasm.ready;
  // without it a missing filter gives whatever lay in memory
  module.activate_throwing_error_handler();
  const require = createRequire(import.meta.url);
  module.insert_plugin_search_path(
    join(dirname(require.resolve("h5wasm-plugins/package.json")), "plugins"),
    0,
  );
  return h5wasm;
}

/** Runs on a worker thread: everything in the library is synchronous. */
export async function readSlice(slice: LibrarySlice): Promise<Transferred<Values>> {
  library ??= loadLibrary();
  const { File } = await library;
  try {
    const file = new File(slice.file, "r");
    try {
      const dataset = file.get(slice.dataset) as Dataset; // the path was that of a dataset when the file was opened
      const stored = toValues(readBox(dataset, slice), slice.dtype);
      const values = slice.padded ? unpadIntegers(stored, slice.padded) : stored;
      return {
        value: values,
        transfer: Array.isArray(values) ? [] : [(values as Uint8Array<ArrayBuffer>).buffer],
      };
    } finally {
      file.close();
    }
  } catch (error) {
    throw failureOf(error, slice);
  }
}

/**
 * Errors leave a part of the library's stack behind; it begins to answer with nonsense after some two thousand. Long
 * before, the thread ends, and with it the library.
 */
const MAX_ERRORS = 100;
let errors = 0;

/** What the library says of a failure. Ends the thread where it did not end in an orderly way: its memory may be anything. */
function failureOf(error: unknown, { dataset }: LibrarySlice): GatewayError {
  if (error instanceof GatewayError) return error;
  errors += 1;
  const reason = reasonOf(error);
  if ((reason === undefined || errors >= MAX_ERRORS) && !isMainThread) process.exit(1); // of this thread alone
  return new GatewayError(
    "upstream",
    `the HDF5 library cannot read "${dataset}": ${reason ?? "it broke down"}`,
  );
}

/** The innermost line of the library's report; undefined where there is none, as after an abort. The rest names paths. */
function reasonOf(error: unknown): string | undefined {
  const lines = [...messageOf(error).matchAll(/ line \d+ in \w+\(\): (.*)/g)];
  return lines.at(-1)?.[1]?.replace(/'[^']*'/g, "…");
}

function readBox(dataset: Dataset, { start, stored, shape }: LibrarySlice): unknown {
  if (shape.some((length, axis) => length !== stored[axis])) {
    throw new GatewayError("unsupported", "a compressed dataset that is shorter than its dimension");
  }
  return shape.length === 0
    ? dataset.value
    : dataset.slice(start.map((first, axis) => [first, first + (stored[axis] ?? 0)]));
}

/** What the library gives, in the forms of this project: booleans and characters as bytes, complex numbers flat. */
function toValues(found: unknown, dtype: DataType): Values {
  if (ArrayBuffer.isView(found)) {
    const values = found as Exclude<Values, readonly string[]>; // the library gives typed arrays of numbers
    return dtype === "bool" ? Uint8Array.from(values as Int8Array, (value) => (value === 0 ? 0 : 1)) : values; // int8 enum
  }
  const list: unknown[] = Array.isArray(found) ? found.flat(Number.POSITIVE_INFINITY) : [found];
  if (dtype === "string") return list.map(String);
  if (dtype === "S1") return Uint8Array.from(list, (text) => String(text).charCodeAt(0) || 0);
  if (dtype === "complex64") return Float32Array.from(list, Number);
  if (dtype === "complex128" || dtype === "float64") return Float64Array.from(list, Number);
  if (dtype === "int64") return BigInt64Array.from(list, (value) => BigInt(value as bigint)); // a scalar of the library
  if (dtype === "uint64") return BigUint64Array.from(list, (value) => BigInt(value as bigint)); // the same
  const kinds = {
    int8: Int8Array,
    int16: Int16Array,
    int32: Int32Array,
    uint8: Uint8Array,
    uint16: Uint16Array,
  };
  const kind = { ...kinds, uint32: Uint32Array, float32: Float32Array, bool: Uint8Array }[dtype as "int8"];
  if (!kind) throw new GatewayError("unsupported", `the HDF5 library cannot give ${dtype}`);
  return kind.from(list, Number);
}
