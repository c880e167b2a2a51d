import type { FileRange } from "@zarr-gateway/jobs";

/** What upstream's own server makes of a `Range` header. */
export type StrictRange =
  | { readonly kind: "part"; readonly part: FileRange }
  /** 416; only of numbers does it say how long the file is. */
  | { readonly kind: "unsatisfiable"; readonly details: string; readonly tellsSize: boolean }
  /** `int()` raises ValueError there, which ends as 500. */
  | { readonly kind: "failed"; readonly details: string };

/** Digits as Python's `int()` reads them. */
const INTEGER = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/;

/** The first of several counts; an end past the file is 416 instead of being clamped, and nonsense is 500. */
export function strictRange(header: string, size: number): StrictRange {
  if (!header.startsWith("bytes=")) return unsatisfiable("Only byte ranges are supported");
  const [specifier = ""] = header.slice("bytes=".length).split(",");
  const [first = "", ...rest] = specifier.trim().split("-");
  if (rest.length === 0) return unsatisfiable("Invalid range format");
  const last = rest.join("-");
  const bounds = boundsOf(first, last, BigInt(size));
  if (typeof bounds === "string") {
    const details = `invalid literal for int() with base 10: '${bounds}'`;
    return { kind: "failed", details };
  }
  const { start, end } = bounds;
  if (start < 0n || start >= size || end >= size || start > end) {
    const details = `Requested range ${start}-${end} is invalid for file size ${size}`;
    return { kind: "unsatisfiable", details, tellsSize: true };
  }
  return { kind: "part", part: { offset: Number(start), length: Number(end - start) + 1 } };
}

/** Both ends inclusive; a text where it is no number. */
function boundsOf(
  first: string,
  last: string,
  size: bigint,
): { readonly start: bigint; readonly end: bigint } | string {
  if (first === "") {
    const suffix = integer(last);
    if (suffix === undefined) return last;
    return { start: suffix > size ? 0n : size - suffix, end: size - 1n };
  }
  const start = integer(first);
  if (start === undefined) return first;
  const end = last === "" ? size - 1n : integer(last);
  return end === undefined ? last : { start, end };
}

function integer(text: string): bigint | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits.replaceAll("_", ""));
  return sign === "-" ? -magnitude : magnitude;
}

function unsatisfiable(details: string): StrictRange {
  return { kind: "unsatisfiable", details, tellsSize: false };
}
