import { type KeptIn, rechunked } from "@zarr-gateway/compute";
import {
  type ChunkIndex,
  type ChunkSource,
  elementCount,
  filledValues,
  indexAt,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import type { CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import type { ExternalForm } from "./external-form.ts";

/** One slab is read at a time, and decoded chunks that reach into the next ones are read once where slabs can hold them. */
const SLAB_BYTES = 4 * 1024 * 1024;
const LARGEST_SLAB_BYTES = 32 * 1024 * 1024;

export interface SlabServices {
  readonly pool?: WorkerPool | undefined;
  readonly kept?: KeptIn | undefined;
}

/** The bytes of a variable as the file has them, from any position on. */
export interface VariableBytes {
  /** Bytes from `offset` on: at least one, and not beyond the next slab's begin. */
  readFrom(offset: number, options: CallOptions): Promise<Uint8Array>;
}

export function variableBytes(
  source: ChunkSource,
  form: ExternalForm,
  services: SlabServices,
): VariableBytes {
  const itemBytes = form.type.bytes * (form.characters ?? 1);
  const { shape } = source.grid;
  const { axis, rows } = slabShape(source, itemBytes);
  const chunkShape = shape.map((length, at) => (at < axis ? 1 : at === axis ? rows : length));
  const slabs = rechunked(source, { chunkShape, ...services });
  const along = shape[axis] ?? 1;
  const rest = elementCount(shape.slice(axis + 1));
  let last: { readonly key: string; readonly bytes: Uint8Array } | undefined;
  const slabAt = async (
    index: readonly number[],
    count: number,
    options: CallOptions,
  ): Promise<Uint8Array> => {
    const key = index.join(".");
    if (last?.key === key) return last.bytes;
    const chunk = await slabs.read(index, options);
    const values: Values = chunk?.values ?? filledValues(source.dtype, count, source.fill);
    const bytes = form.encode(trimmed(values, count * unitsPerElement(source.dtype)));
    last = { key, bytes };
    return bytes;
  };
  return {
    async readFrom(offset, options) {
      const element = Math.floor(offset / itemBytes);
      const outer = Math.floor(element / (along * rest));
      const row = Math.floor((element % (along * rest)) / rest);
      const block = Math.floor(row / rows);
      const first = (outer * along + block * rows) * rest;
      const count = Math.min(rows, along - block * rows) * rest;
      const index = slabIndex(shape, axis, outer, block);
      const bytes = await slabAt(index, count, options);
      return bytes.subarray(offset - first * itemBytes);
    },
  };
}

/** Slabs of some megabytes that lie in one piece in the file, and take whole chunks where these are not too large. */
function slabShape(source: ChunkSource, itemBytes: number): { readonly axis: number; readonly rows: number } {
  const { shape, chunkShape } = source.grid;
  let axis = Math.max(0, shape.length - 1);
  let rest = itemBytes;
  while (axis > 0 && rest * (shape[axis] ?? 1) <= SLAB_BYTES) {
    rest *= shape[axis] ?? 1;
    axis -= 1;
  }
  const chunk = chunkShape[axis] ?? 1;
  const fitting = Math.max(1, Math.floor(SLAB_BYTES / Math.max(1, rest)));
  if (fitting >= chunk) return { axis, rows: Math.floor(fitting / chunk) * chunk };
  return { axis, rows: Math.max(1, Math.min(chunk, Math.floor(LARGEST_SLAB_BYTES / rest))) };
}

function slabIndex(shape: readonly number[], axis: number, outer: number, block: number): ChunkIndex {
  const before = indexAt(shape.slice(0, axis), outer);
  return shape.map((_, at) => (at < axis ? (before[at] ?? 0) : at === axis ? block : 0));
}

function trimmed(values: Values, length: number): Values {
  if (values.length === length) return values;
  throw new Error(`a slab has ${values.length} values instead of ${length}`);
}
