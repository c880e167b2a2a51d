import type { FileRange } from "@zarr-gateway/jobs";

/** What upstream's own server makes of a `Range` header. */
export type StrictRange =
  | { readonly kind: "part"; readonly part: FileRange }
  /** 416; of another unit it does not say how long the file is. */
  | { readonly kind: "unsatisfiable"; readonly tellsSize: boolean }
  /** `int()` raises ValueError there, which ends as 500. */
  | { readonly kind: "failed" };

/** Digits as Python's `int()` reads them. */
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/** The first of several counts; an end past the file is 416 instead of being clamped, and nonsense is 500. */
export function strictRange(header: string, size: number): StrictRange {
  if (!header.startsWith("bytes=")) return { kind: "unsatisfiable", tellsSize: false };
  const [specifier = ""] = header.slice("bytes=".length).split(",");
  const hyphen = specifier.indexOf("-");
  const [first, last] =
    hyphen < 0 ? [specifier, undefined] : [specifier.slice(0, hyphen), specifier.slice(hyphen + 1)];
  if (last === undefined || !isNumber(first, last)) return { kind: "failed" };
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Number(last);
  if (start >= size || end >= size || start > end) return { kind: "unsatisfiable", tellsSize: true };
  return { kind: "part", part: { offset: start, length: end - start + 1 } };
}

function isNumber(first: string, last: string): boolean {
  if (first === "") return INTEGER.test(last);
  return INTEGER.test(first) && (last === "" || INTEGER.test(last));
}
