import {
  type AttributeValue,
  type DataType,
  isStringValues,
  type Values,
  type Variable,
} from "@zarr-gateway/dataset";

/** How stored numbers are values: CF §2.5.1 and §8.1. Plain data. */
export interface Packing {
  readonly scale: number;
  readonly offset: number;
  /** Stored numbers that stand for nothing. */
  readonly missing: readonly number[];
  /** Stored as signed and meant as unsigned: what is to be added to negative numbers. */
  readonly turn: number;
  /** Values are as exact as float32. */
  readonly isSingle: boolean;
}

const TURNS: Readonly<Record<string, number>> = { int8: 2 ** 8, int16: 2 ** 16, int32: 2 ** 32 };
/** Longer lists of missing values are nobody's. */
const MAX_MISSING = 8;

export function packingOf({ attrs, source: { dtype } }: Variable): Packing {
  const [scale] = numbersIn(attrs["scale_factor"]);
  const [offset] = numbersIn(attrs["add_offset"]);
  const isUnsigned = typeof attrs["_Unsigned"] === "string" && attrs["_Unsigned"].toLowerCase() === "true";
  const turn = isUnsigned ? (TURNS[dtype] ?? 0) : 0;
  const missing = [...numbersIn(attrs["_FillValue"]), ...numbersIn(attrs["missing_value"])]
    .filter((value) => !Number.isNaN(value))
    .slice(0, MAX_MISSING)
    .map((value) =>
      dtype === "float32" ? Math.fround(value) : turn > 0 && value < 0 ? value + turn : value,
    );
  return {
    scale: scale ?? 1,
    offset: offset ?? 0,
    missing,
    turn,
    isSingle: scale === undefined && offset === undefined && isExactAsSingle(dtype),
  };
}

function isExactAsSingle(dtype: DataType): boolean {
  return /^(bool|u?int(8|16)|float(16|32))$/.test(dtype);
}

/** Values with NaN for what is missing; what is float32 already is changed in place. */
export function decodeNumbers(values: Values, packing: Packing): Float32Array | Float64Array {
  if (isStringValues(values)) return new Float32Array(values.length).fill(Number.NaN);
  const { isSingle } = packing;
  const decoded =
    values instanceof Float32Array && isSingle
      ? values
      : isSingle
        ? new Float32Array(values.length)
        : new Float64Array(values.length);
  const isPlain =
    packing.missing.length === 0 && packing.turn === 0 && packing.scale === 1 && packing.offset === 0;
  if (decoded === values && isPlain) return decoded;
  if (isPlain && !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) {
    decoded.set(values);
    return decoded;
  }
  decodeInto(decoded, values, packing);
  return decoded;
}

function decodeInto(
  decoded: Float32Array | Float64Array,
  values: Exclude<Values, readonly string[]>,
  { scale, offset, missing, turn }: Packing,
): void {
  const [first = Number.NaN, second = Number.NaN] = missing;
  const others = missing.slice(2);
  for (let at = 0; at < values.length; at += 1) {
    let value = Number(values[at]);
    if (value < 0) value += turn;
    const isMissing = value === first || value === second || (others.length > 0 && others.includes(value));
    decoded[at] = isMissing ? Number.NaN : value * scale + offset;
  }
}

function numbersIn(value: AttributeValue | undefined): number[] {
  if (typeof value === "number" || typeof value === "bigint") return [Number(value)];
  return Array.isArray(value) ? value.flatMap((item: AttributeValue) => numbersIn(item)) : [];
}
