import { allocateValues, type DataType, isTimeType } from "@zarr-gateway/dataset";
import { type Accumulation, type Accumulator, addAll, float64Of } from "../accumulation.ts";
import type { BigValues, Kernel } from "../span.ts";

/** The 64 bits of a time that is none: numpy's NaT. */
export const NOT_A_TIME = -9_223_372_036_854_775_808n;

/** Sums of integers modulo 2⁶⁴, as numpy's wrap. */
export function wholeSums(dtype: DataType): Accumulation<BigValues> {
  return {
    create: (cells) => ({ sums: new BigInt64Array(cells), missing: new Float64Array(cells) }),
    kernel(accumulator) {
      const [sums, missing] = [bigOf(accumulator, "sums"), float64Of(accumulator, "missing")];
      const none = isTimeType(dtype) ? NOT_A_TIME : undefined;
      return eachValue((value, cell) => {
        if (value === none) missing[cell] = (missing[cell] ?? 0) + 1;
        else sums[cell] = (sums[cell] ?? 0n) + value; // stored modulo 2⁶⁴
      });
    },
    merge(into, other) {
      const [held, added] = [bigOf(into, "sums"), bigOf(other, "sums")];
      for (let cell = 0; cell < held.length; cell += 1) held[cell] = (held[cell] ?? 0n) + (added[cell] ?? 0n);
      addAll(float64Of(into, "missing"), float64Of(other, "missing"));
    },
    finish(accumulator, context) {
      const { buffer, byteOffset, length } = bigOf(accumulator, "sums");
      return context.dtype === "uint64"
        ? new BigUint64Array(buffer, byteOffset, length)
        : new BigInt64Array(buffer, byteOffset, length);
    },
  };
}

/** Means of times, cut to whole units; NaT where nothing is there. */
export function timeMeans(dtype: DataType): Accumulation<BigValues> {
  return {
    ...wholeSums(dtype),
    finish(accumulator, { positionsOf, cells }) {
      const [sums, missing] = [bigOf(accumulator, "sums"), float64Of(accumulator, "missing")];
      const result = new BigInt64Array(cells);
      for (let cell = 0; cell < cells; cell += 1) {
        const count = positionsOf(cell) - (missing[cell] ?? 0);
        result[cell] = count === 0 ? NOT_A_TIME : (sums[cell] ?? 0n) / BigInt(count);
      }
      return result;
    },
  };
}

/** The smallest or largest of 64-bit integers; NaT where no time is there. */
export function wholeExtremes(isMinimum: boolean, dtype: DataType): Accumulation<BigValues> {
  return chosen(dtype, (value, held) => (isMinimum ? value < held : value > held));
}

/** The first or last of 64-bit integers; NaT where no time is there. */
export function wholeEdges(isFirst: boolean, dtype: DataType): Accumulation<BigValues> {
  return chosen(dtype, (_value, _held, place, heldPlace) =>
    isFirst ? place < heldPlace : place > heldPlace,
  );
}

type IsBetter = (value: bigint, held: bigint, place: number, heldPlace: number) => boolean;

/** One of the values of each cell; -1 as its place says that there is none yet. */
function chosen(dtype: DataType, isBetter: IsBetter): Accumulation<BigValues> {
  const none = isTimeType(dtype) ? NOT_A_TIME : undefined;
  const taking = (accumulator: Accumulator): ((value: bigint, cell: number, place: number) => void) => {
    const [best, places] = [bigOf(accumulator, "best"), float64Of(accumulator, "places")];
    return (value, cell, place) => {
      const heldPlace = places[cell] ?? -1;
      if (value === none || (heldPlace >= 0 && !isBetter(value, best[cell] ?? 0n, place, heldPlace))) return;
      best[cell] = value;
      places[cell] = place;
    };
  };
  return {
    create(cells) {
      const best = allocateValues(dtype, cells) as BigValues; // chosen for 64-bit integers alone
      if (none !== undefined) best.fill(none);
      return { best, places: new Float64Array(cells).fill(-1) };
    },
    kernel: (accumulator) => eachValue(taking(accumulator)),
    merge(into, other) {
      const take = taking(into);
      const [best, places] = [bigOf(other, "best"), float64Of(other, "places")];
      for (let cell = 0; cell < best.length; cell += 1) {
        const place = places[cell] ?? -1;
        if (place >= 0) take(best[cell] ?? 0n, cell, place);
      }
    },
    finish: (accumulator) => bigOf(accumulator, "best"),
  };
}

/** Goes through values one by one: 64-bit integers are rare and short. */
function eachValue(see: (value: bigint, cell: number, place: number) => void): Kernel<BigValues> {
  return {
    rows(values, { at, length, rows, rowStep, cell, factor, factorStep, factorRowStep }) {
      for (let row = 0; row < rows; row += 1) {
        for (let position = 0; position < length; position += 1) {
          const value = values[at + row * rowStep + position] ?? 0n;
          see(value, cell + position, factor + row * factorRowStep + position * factorStep);
        }
      }
    },
    run(values, { at, length, step, cell, factor, factorStep }) {
      for (let position = 0; position < length; position += 1) {
        see(values[at + position * step] ?? 0n, cell, factor + position * factorStep);
      }
    },
  };
}

function bigOf(accumulator: Accumulator, name: string): BigValues {
  const values = accumulator[name];
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return values;
  throw new TypeError(`the accumulator has no integers "${name}"`);
}
