import type { DataType } from "@zarr-gateway/dataset";

/** One external type of the format (nc_type). */
export interface ClassicType {
  readonly code: number;
  readonly name: string;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly dtype: DataType;
}

const TYPES: readonly ClassicType[] = [
  { code: 1, name: "byte", bytes: 1, dtype: "int8" },
  { code: 2, name: "char", bytes: 1, dtype: "S1" },
  { code: 3, name: "short", bytes: 2, dtype: "int16" },
  { code: 4, name: "int", bytes: 4, dtype: "int32" },
  { code: 5, name: "float", bytes: 4, dtype: "float32" },
  { code: 6, name: "double", bytes: 8, dtype: "float64" },
  { code: 7, name: "ubyte", bytes: 1, dtype: "uint8" },
  { code: 8, name: "ushort", bytes: 2, dtype: "uint16" },
  { code: 9, name: "uint", bytes: 4, dtype: "uint32" },
  { code: 10, name: "int64", bytes: 8, dtype: "int64" },
  { code: 11, name: "uint64", bytes: 8, dtype: "uint64" },
];

/** All types, by code; only the first six exist before CDF-5, but files of older versions with the others are readable. */
export const CLASSIC_TYPES: ReadonlyMap<number, ClassicType> = new Map(
  TYPES.map((type) => [type.code, type]),
);
