import { type BinaryValues, bytesOfValues } from "@zarr-gateway/dataset";
import type { Accumulator } from "./accumulation.ts";

/** The same in memory that all threads see; itself where it is. */
export function sharedAccumulator(accumulator: Accumulator): Accumulator {
  return Object.fromEntries(Object.entries(accumulator).map(([name, values]) => [name, shared(values)]));
}

function shared(values: BinaryValues): BinaryValues {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const Type = values.constructor as new (buffer: ArrayBufferLike) => BinaryValues; // of the same kind
  const copy = new Type(new SharedArrayBuffer(values.byteLength));
  bytesOfValues(copy).set(bytesOfValues(values));
  return copy;
}

/** The arrays of `accumulator` in the memory of `spare`, where that has any of the same size. */
export function reusing(spare: Accumulator | undefined, accumulator: Accumulator): Accumulator {
  const entries = Object.entries(accumulator).map(([name, values]): [string, BinaryValues] => {
    const old = spare?.[name];
    if (old?.byteLength !== values.byteLength || old.constructor !== values.constructor)
      return [name, values];
    bytesOfValues(old).set(bytesOfValues(values));
    return [name, old];
  });
  return Object.fromEntries(entries);
}

/** Accumulators of results that are done, for those that are still to come. */
export interface SpareAccumulators {
  /** Runs the work that takes and gives; when none is left, all that is spare is dropped. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  take(): Accumulator | undefined;
  give(accumulators: readonly Accumulator[]): void;
}

/**
 * Shared memory goes when the collectors of all threads have looked, which does not hurry them; so it is taken again.
 * It is not counted as memory of a thread either: what moves to and fro makes the collector of the event loop run.
 */
export function spareAccumulators(): SpareAccumulators {
  const spare: Accumulator[] = [];
  let users = 0;
  return {
    async during(work) {
      users += 1;
      try {
        return await work();
      } finally {
        users -= 1;
        if (users === 0) spare.length = 0;
      }
    },
    take: () => spare.pop(),
    give: (accumulators) => void spare.push(...accumulators),
  };
}
