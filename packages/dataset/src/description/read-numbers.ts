import type { CallOptions } from "@zarr-gateway/primitives";
import type { Attributes, AttributeValue } from "../attributes.ts";
import { chunkCounts, clippedShape, elementCount, indexAt } from "../chunk-grid.ts";
import type { Chunk, ChunkIndex, ChunkSource } from "../chunk-source.ts";
import type { Variable } from "../dataset.ts";
import type { Values } from "../values.ts";
import { filledValues, isStringValues, unitsPerElement } from "../values-of.ts";
import { wholeValues } from "../whole-values.ts";

export interface ReadNumbersOptions extends CallOptions {
  /** Longer arrays are sampled: whole chunks from all over the array, first and last among them. */
  readonly maxElements: number;
}

export interface NumbersRead {
  /** Decoded as CF §8.1 says, NaN where missing; in C order where all of the array was read. */
  readonly values: Float64Array;
  readonly isSample: boolean;
}

/** The numbers of a coordinate; undefined for a variable that holds something else. */
export async function readNumbers(
  { source, attrs }: Variable,
  options: ReadNumbersOptions,
): Promise<NumbersRead | undefined> {
  if (unitsPerElement(source.dtype) !== 1 || source.dtype === "string") return undefined;
  const count = elementCount(source.grid.shape);
  if (count <= options.maxElements) {
    return { values: decodeNumbers(await wholeValues(source, options), attrs), isSample: false };
  }
  const chunks: Float64Array[] = [];
  for (const index of sampledChunks(source, options.maxElements)) {
    const chunk = await source.read(index, options);
    chunks.push(decodeNumbers(chunk?.values ?? missingChunk(source, index).values, attrs));
  }
  return { values: joined(chunks), isSample: true };
}

function missingChunk(source: ChunkSource, index: ChunkIndex): Chunk {
  const shape = clippedShape(source.grid, index);
  return { shape, values: filledValues(source.dtype, elementCount(shape), source.fill) };
}

function* sampledChunks({ grid }: ChunkSource, maxElements: number): Generator<ChunkIndex> {
  const counts = chunkCounts(grid);
  const total = counts.reduce((product, count) => product * count, 1);
  const wanted = Math.max(1, Math.min(total, Math.floor(maxElements / elementCount(grid.chunkShape))));
  const step = wanted === 1 ? 0 : (total - 1) / (wanted - 1);
  for (let position = 0; position < wanted; position += 1) yield indexAt(counts, Math.round(position * step));
}

/** Missing values become NaN, packed ones what they stand for; CF §2.5.1 and §8.1. */
function decodeNumbers(values: Values, attrs: Attributes): Float64Array {
  if (isStringValues(values)) return new Float64Array();
  const missing = [...numbersOf(attrs["_FillValue"]), ...numbersOf(attrs["missing_value"])];
  const [scale = 1] = numbersOf(attrs["scale_factor"]);
  const [offset = 0] = numbersOf(attrs["add_offset"]);
  const decoded = new Float64Array(values.length);
  for (let position = 0; position < values.length; position += 1) {
    const value = Number(values[position]);
    decoded[position] = missing.includes(value) ? Number.NaN : value * scale + offset;
  }
  return decoded;
}

function numbersOf(value: AttributeValue | undefined): number[] {
  if (typeof value === "number" || typeof value === "bigint") return [Number(value)];
  return Array.isArray(value) ? value.flatMap((item: AttributeValue) => numbersOf(item)) : [];
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
