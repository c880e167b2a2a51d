/** What a `Range` header means for a body of a known size. */
export type RangeVerdict =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly offset: number; readonly length: number }
  | { readonly kind: "unsatisfiable" };

const WHOLE: RangeVerdict = { kind: "whole" };
const UNSATISFIABLE: RangeVerdict = { kind: "unsatisfiable" };
const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * One range of bytes, clamped to the size. Several ranges, another unit or anything malformed is ignored, as
 * RFC 9110 §14.2 allows; a start beyond the end, `-0` and an inverted range cannot be satisfied (§14.1.2, and
 * zarr-http-server for the inverted one).
 */
export function parseRange(header: string, size: number): RangeVerdict {
  const match = SINGLE_RANGE.exec(header);
  if (match === null) return WHOLE;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return part(Math.max(0, size - Number(suffix)), size);
  const start = Number(first);
  const end = last === undefined || last === "" ? size : Math.min(size, Number(last) + 1);
  return part(start, end);
}

/** Half-open [start, end). */
function part(start: number, end: number): RangeVerdict {
  return start < end ? { kind: "part", offset: start, length: end - start } : UNSATISFIABLE;
}

/** `bytes 0-7/1000`: the numeric total is what object_store needs. */
export function formatContentRange(offset: number, length: number, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}
