import type { DataType } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { CodecConfiguration } from "./codec.ts";

/** Reads the configuration of one codec; numbers may be number or bigint, as JSON readers give either. */
export interface ConfigurationReader {
  /** @throws GatewayError upstream when it is missing without a default, not an integer, or outside the bounds */
  integer(key: string, bounds: { min: number; max: number; default?: number }): number;
  number(key: string): number;
  boolean(key: string, byDefault: boolean): boolean;
  string(key: string, byDefault?: string): string;
  /** undefined when the key is absent. */
  integers(key: string, min: number): readonly number[] | undefined;
  /** A type in numpy's words, `<f4` or `float32`. Its byte order is not its business: the `bytes` codec decides. */
  dtype(key: string, byDefault?: DataType): DataType;
  fail(key: string, expected: string): never;
}

export function readConfiguration(codec: string, configuration: CodecConfiguration): ConfigurationReader {
  const fail = (key: string, expected: string): never => {
    const came = JSON.stringify(configuration[key], (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    throw new GatewayError("upstream", `codec ${codec}: ${key} must be ${expected}, not ${came ?? "absent"}`);
  };
  return {
    fail,
    integer(key, { min, max, default: byDefault }) {
      const value = toNumber(configuration[key]) ?? (configuration[key] == null ? byDefault : undefined);
      const isValid = value !== undefined && Number.isInteger(value) && value >= min && value <= max;
      return isValid ? value : fail(key, `an integer from ${min} to ${max}`);
    },
    number: (key) => toNumber(configuration[key]) ?? fail(key, "a number"),
    boolean(key, byDefault) {
      const value = configuration[key] ?? byDefault;
      return typeof value === "boolean" ? value : fail(key, "true or false");
    },
    string(key, byDefault) {
      const value = configuration[key] ?? byDefault;
      return typeof value === "string" ? value : fail(key, "a string");
    },
    integers(key, min) {
      const value = configuration[key];
      if (value === undefined) return undefined;
      const numbers = Array.isArray(value) ? value.map(toNumber) : [undefined];
      const isValid = numbers.every(
        (entry) => entry !== undefined && Number.isSafeInteger(entry) && entry >= min,
      );
      return isValid ? (numbers as number[]) : fail(key, `a list of integers from ${min}`); // checked just above
    },
    dtype(key, byDefault) {
      const value = configuration[key];
      const dtype = value == null ? byDefault : typeof value === "string" ? parseNumpyType(value) : undefined;
      return dtype ?? fail(key, "a numeric type such as <f4");
    },
  };
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

const NUMPY_KINDS: Readonly<Record<string, DataType>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

function parseNumpyType(text: string): DataType | undefined {
  const short = /^[<>|=]?([biuf][1248])$/.exec(text)?.[1];
  if (short !== undefined) return NUMPY_KINDS[short];
  if (/^[<>|=]?[mM]8\[/.test(text)) return "int64";
  return Object.values(NUMPY_KINDS).find((dtype) => dtype === text);
}
