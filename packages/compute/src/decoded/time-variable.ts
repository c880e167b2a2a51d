import { type Attributes, type DataType, isTimeType } from "@zarr-gateway/dataset";

/**
 * True for points in time: `units: "days since …"` in any calendar, or a datetime64 type. Views keep their numbers, and
 * clients decode them.
 */
export function isTimeVariable({
  attrs,
  source,
}: {
  readonly attrs: Attributes;
  readonly source: { readonly dtype: DataType };
}): boolean {
  if (source.dtype.startsWith("datetime64[")) return true;
  const { units } = attrs;
  const isNumber = /^(u?int|float)\d+$/.test(source.dtype);
  return isNumber && typeof units === "string" && / since /.test(units);
}

/** True for lengths of time that a client decodes as such: a timedelta64 type, or numbers that were written from one. */
export function isDurationVariable({
  attrs,
  source,
}: {
  readonly attrs: Attributes;
  readonly source: { readonly dtype: DataType };
}): boolean {
  const { dtype } = attrs;
  const isWritten = typeof dtype === "string" && dtype.startsWith("timedelta64");
  return (isTimeType(source.dtype) && !source.dtype.startsWith("datetime")) || isWritten;
}
