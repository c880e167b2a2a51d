import { type Chunk, type ChunkSource, isStringValues, type Values } from "@zarr-gateway/dataset";
import { allocatedNumbers, toNumbers } from "../decoded/number-values.ts";
import { type EstimatedSource, estimateOf } from "../view/work-estimate.ts";
import type { Conversion } from "./conversion.ts";

/** The decoded numbers of a source in another unit: computed in float64, rounded once; integers become float64. */
export function convertedSource(source: ChunkSource, conversion: Conversion): EstimatedSource {
  const { fill } = source;
  const dtype = source.dtype === "float32" || source.dtype === "float16" ? source.dtype : "float64";
  return {
    dtype,
    grid: source.grid,
    fill:
      typeof fill === "number" || typeof fill === "bigint" ? convertedNumber(Number(fill), conversion) : fill,
    estimate: (index) => estimateOf(source, index),
    ...(source.version && { version: source.version.bind(source) }),
    async read(index, options) {
      const chunk = await source.read(index, options);
      return chunk && convertedChunk(chunk, dtype, conversion);
    },
  };
}

function convertedNumber(value: number, { factor, offset }: Conversion): number {
  return value * factor + offset;
}

function convertedChunk(
  { shape, values }: Chunk,
  dtype: ChunkSource["dtype"],
  conversion: Conversion,
): Chunk {
  return { shape, values: converted(values, dtype, conversion), isExclusive: true };
}

function converted(values: Values, dtype: ChunkSource["dtype"], { factor, offset }: Conversion): Values {
  if (isStringValues(values)) return values;
  const numbers = toNumbers(values);
  const result = allocatedNumbers(dtype, numbers.length);
  for (let at = 0; at < numbers.length; at += 1) result[at] = (numbers[at] ?? 0) * factor + offset;
  return result;
}
