import {
  type BinaryValues,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  isTimeType,
  stridesOf,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { isDurationVariable, isTimeVariable } from "../../decoded/time-variable.ts";
import { type KeptIn, keptChunks } from "../../kept-chunks.ts";
import type { Token } from "../../view/select/selector.ts";
import type { ViewOperation } from "../../view/view-operation.ts";
import { reduced } from "../reduced.ts";
import { resultType } from "../result-type.ts";
import type { ScanStep } from "../scan/scan-job.ts";
import { scannedSource } from "../scan/scanned-source.ts";
import { type AlongDimension, changedAlong } from "./along-dimension.ts";
import { computedVariable } from "./changed-variables.ts";
import { parseOneDimension, printNames } from "./dimension-names.ts";

/** `cumsum(time)`. */
export const cumulativeSum: ViewOperation<Token> = {
  name: "cumsum",
  summary: "Sums of all values up to each along a dimension; missing ones add nothing.",
  examples: ["cumsum(time)"],
  equivalent: 'ds.cumsum("time")',
  parse: parseOneDimension,
  print: (step) => `cumsum(${printNames([step])})`,
  apply: async (input, step, context) =>
    changedAlong(
      input,
      step,
      { action: "cumulative sum", coordinate: (variable) => variable, data: runningSums },
      context,
    ),
};

function runningSums({ variable, axis, pool, kept }: AlongDimension): Variable | undefined {
  const { source, attrs } = variable;
  const dtype = resultType("sum", source.dtype);
  if (dtype === undefined || isTimeType(source.dtype) || isTimeVariable(variable)) return undefined;
  const isFloat = dtype.startsWith("float");
  const before = sumsBefore(source, { axis, pool, kept });
  return computedVariable(variable, {
    attrs: isDurationVariable(variable) ? attrs : isFloat ? { ...attrs, _FillValue: Number.NaN } : attrs,
    source: scannedSource(source, {
      axis,
      dtype,
      fill: isFloat ? Number.NaN : 0n,
      length: source.grid.shape[axis] ?? 0,
      before: 0,
      after: 0,
      stepOf: async (index, options): Promise<ScanStep> => ({
        kind: "running-sum",
        carry: await before(index, options),
      }),
      pool,
    }),
  });
}

interface Before {
  readonly axis: number;
  readonly pool: AlongDimension["pool"];
  readonly kept: KeptIn | undefined;
}

/**
 * What stands before the first value of each line of a chunk. The sums of all chunks along the axis are made in one go and
 * kept, so that reading a whole variable goes through it twice, not once for every chunk.
 */
function sumsBefore(
  source: ChunkSource,
  { axis, pool, kept }: Before,
): (index: ChunkIndex, options: CallOptions) => Promise<BinaryValues> {
  const { shape, chunkShape } = source.grid;
  const chunk = chunkShape[axis] ?? 1;
  const groupOf = Int32Array.from({ length: shape[axis] ?? 0 }, (_, at) => Math.floor(at / chunk));
  const count = Math.ceil((shape[axis] ?? 0) / chunk);
  const sums = reduced(source, {
    action: "sum",
    groups: { axis, groupOf, count },
    resultType: "float64",
    pool,
  });
  const read = kept
    ? keptChunks(sums, { ...kept, key: `${kept.key} sums along ${axis}` })
    : sums.read.bind(sums);
  return async (index, options) => {
    const lengths = clippedShape(source.grid, index);
    lengths[axis] = 1;
    const start = index.map((at, dimension) => at * (chunkShape[dimension] ?? 1));
    const isFloat = sums.dtype === "float64";
    const carry = isFloat
      ? new Float64Array(elementCount(lengths))
      : new BigInt64Array(elementCount(lengths));
    const groups = sums.grid.chunkShape[axis] ?? 1;
    for (let first = 0; first < (index[axis] ?? 0); first += groups) {
      const at = start.map((value, dimension) =>
        Math.floor((dimension === axis ? first : value) / (sums.grid.chunkShape[dimension] ?? 1)),
      );
      const part = await read(at, options);
      if (part === undefined) continue;
      addBlocks(part as Block, { at, start, lengths, axis, last: index[axis] ?? 0, grid: sums.grid }, carry);
    }
    return carry;
  };
}

interface Block {
  readonly shape: readonly number[];
  readonly values: BinaryValues;
}

interface Wanted {
  readonly at: ChunkIndex;
  /** Of the chunk whose lines are wanted. */
  readonly start: readonly number[];
  readonly lengths: readonly number[];
  readonly axis: number;
  /** Blocks before this one count. */
  readonly last: number;
  readonly grid: ChunkSource["grid"];
}

function addBlocks(
  { shape, values }: Block,
  { at, start, lengths, axis, last, grid }: Wanted,
  carry: Float64Array | BigInt64Array,
): void {
  const [own, lines] = [stridesOf(shape), stridesOf(lengths)];
  const origin = at.map((position, dimension) => position * (grid.chunkShape[dimension] ?? 1));
  const blocks = Math.min(shape[axis] ?? 0, last - (origin[axis] ?? 0));
  for (let line = 0; line < carry.length; line += 1) {
    let from = 0;
    for (const [dimension, stride] of lines.entries()) {
      const position = Math.floor(line / stride) % (lengths[dimension] ?? 1);
      if (dimension === axis) continue;
      from += (position + (start[dimension] ?? 0) - (origin[dimension] ?? 0)) * (own[dimension] ?? 0);
    }
    for (let block = 0; block < blocks; block += 1) {
      const value = values[from + block * (own[axis] ?? 0)] ?? 0;
      if (carry instanceof Float64Array) carry[line] = (carry[line] ?? 0) + Number(value);
      else carry[line] = (carry[line] ?? 0n) + BigInt(value);
    }
  }
}
