/**
 * Elements in C order and the machine's byte order.
 * `bool` is a Uint8Array of 0 and 1; complex numbers are pairs (real, imaginary) in a float array of twice the length;
 * datetime64 and timedelta64 are BigInt64Array; `S{n}` and `U{n}` are a Uint8Array of n or 4·n bytes an element
 * (`U`: UTF-32, little-endian); `string` is an array of strings.
 */
export type Values =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float16Array
  | Float32Array
  | Float64Array
  | readonly string[];

/**
 * What an element that was never written reads as. The same forms as in JSON after parsing:
 * int64, uint64 and times as bigint, the other numbers as number (also NaN and infinities), complex as [re, im],
 * `S{n}` as its bytes, `U{n}` and `string` as string.
 */
export type FillValue = number | bigint | boolean | string | Uint8Array | readonly [number, number];
