import { type Chunk, elementCount, isStringValues, movableValues } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { arrangedChunk } from "../group/arranged-chunk.ts";
import { evaluate } from "./evaluate.ts";
import type { NumberType } from "./number-types.ts";
import type { TypedExpression } from "./typed-expression.ts";

export interface EvaluateJob {
  readonly expression: TypedExpression;
  /** Of the result. */
  readonly shape: readonly number[];
  readonly operands: readonly {
    readonly chunk: Chunk;
    readonly dtype: NumberType;
    /** Axis of the chunk for each axis of the result; -1 where it has none. */
    readonly from: readonly number[];
  }[];
}

/** A formula over one chunk. */
export function evaluatedChunk({ expression, shape, operands }: EvaluateJob): Chunk {
  const count = elementCount(shape);
  const values = operands.map(({ chunk, dtype, from }) => {
    const isWhole = elementCount(chunk.shape) === 1 || from.every((axis, at) => axis === at);
    const spread = isWhole ? chunk : arrangedChunk({ chunk, dtype, shape, from });
    if (isStringValues(spread.values)) throw new TypeError("text in a formula");
    return spread.values;
  });
  return { shape, values: evaluate(expression, values, count) };
}

/** Task of a worker thread. */
export function evaluateChunk(job: EvaluateJob): Transferred<Chunk> {
  const { shape, values } = evaluatedChunk(job);
  const { value, transfer } = movableValues(values);
  return { value: { shape, values: value }, transfer };
}
