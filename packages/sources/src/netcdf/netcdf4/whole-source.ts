import {
  type Chunk,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  type FillValue,
  isStringValues,
  type Values,
} from "@zarr-gateway/dataset";
import { mapConcurrently } from "@zarr-gateway/primitives";

const PARALLEL_READS = 8;

/**
 * A one-dimensional source as a single chunk. Clients read coordinates whole when they open a dataset, and a time axis
 * that grew record by record would cost them one request a record.
 */
export function wholeSource(source: ChunkSource): ChunkSource {
  const { grid, dtype, fill } = source;
  const length = grid.shape[0] ?? 0;
  return {
    dtype,
    fill,
    grid: { shape: grid.shape, chunkShape: [Math.max(1, length)] },
    async read(_index, options = {}) {
      const count = chunkCounts(grid)[0] ?? 0;
      const positions = Array.from({ length: count }, (_, i) => i);
      const parts = await mapConcurrently(positions, PARALLEL_READS, (i) => source.read([i], options));
      if (parts.every((part) => part === undefined)) return undefined;
      return joined(source, parts);
    },
  };
}

function joined(source: ChunkSource, parts: readonly (Chunk | undefined)[]): Chunk {
  const { grid, fill } = source;
  const sample = parts.find((part) => part !== undefined);
  if (!sample) return { shape: grid.shape, values: [] };
  if (isStringValues(sample.values)) {
    const texts = parts.flatMap((part, i): readonly string[] => {
      const values = part?.values;
      if (values && isStringValues(values)) return values;
      return new Array<string>(clippedShape(grid, [i])[0] ?? 0).fill(typeof fill === "string" ? fill : "");
    });
    return { shape: grid.shape, values: texts };
  }
  const perElement = sample.values.length / (sample.shape[0] ?? 1);
  const values = filled(sample.values, (grid.shape[0] ?? 0) * perElement, fill);
  for (const [i, part] of parts.entries()) {
    if (part) set(values, part.values, i * (grid.chunkShape[0] ?? 1) * perElement);
  }
  return { shape: grid.shape, values };
}

type NumericValues = Exclude<Values, readonly string[]>;

/** An array of the same kind as the sample, full of the fill value. */
function filled(sample: NumericValues, length: number, fill: FillValue | null): NumericValues {
  if (sample instanceof BigInt64Array || sample instanceof BigUint64Array) {
    const values = sample instanceof BigInt64Array ? new BigInt64Array(length) : new BigUint64Array(length);
    return typeof fill === "bigint" ? values.fill(fill) : values;
  }
  // every remaining kind is an array of numbers that is made from a length
  const values = new (
    sample.constructor as new (
      length: number,
    ) => Exclude<NumericValues, BigInt64Array | BigUint64Array>
  )(length);
  if (fill instanceof Uint8Array && values instanceof Uint8Array && fill.length > 0) {
    for (let at = 0; at < length; at += fill.length) values.set(fill, at);
    return values;
  }
  if (Array.isArray(fill)) {
    for (let at = 0; at < length; at += 1) values[at] = Number(fill[at % fill.length]);
    return values;
  }
  return values.fill(Number(fill ?? 0));
}

function set(target: NumericValues, values: Values, offset: number): void {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) target.set(values, offset);
    return;
  }
  // the parts of one source are of one kind, and that of the target is no BigInt array
  target.set(values as unknown as ArrayLike<number>, offset);
}
