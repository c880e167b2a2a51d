import type { FileRange } from "@zarr-gateway/jobs";

/** More ranges in one request are no reading but a burden: the header is then ignored, as RFC 9110 §14.2 allows. */
const MAX_RANGES = 32;

const SPECIFIER = /^(?:(\d+)-(\d*)|-(\d+))$/;

/** What a `Range` header with several ranges asks of a file; one range alone is no business of this page. */
export type SeveralRanges =
  | { readonly kind: "not_several" }
  /** Malformed or too many: the whole file. */
  | { readonly kind: "ignored" }
  | { readonly kind: "unsatisfiable" }
  /** In the order in which they were asked; those that touch or overlap their neighbour are one (§15.3.7.2). */
  | { readonly kind: "parts"; readonly parts: readonly FileRange[] };

export function severalRanges(header: string, size: number): SeveralRanges {
  const list = /^bytes=(.*)$/i.exec(header.trim())?.[1];
  if (list?.includes(",") !== true) return { kind: "not_several" };
  const specifiers = list.split(",").map((text) => text.trim());
  if (specifiers.length > MAX_RANGES) return { kind: "ignored" };
  const parts: FileRange[] = [];
  for (const specifier of specifiers) {
    const bounds = boundsOf(specifier, size);
    if (bounds === undefined) return { kind: "ignored" };
    if (bounds.start < bounds.end) parts.push({ offset: bounds.start, length: bounds.end - bounds.start });
  }
  if (parts.length === 0) return { kind: "unsatisfiable" };
  const merged = coalesced(parts);
  const length = merged.reduce((sum, part) => sum + part.length, 0);
  // overlapping ranges in disorder could ask for a file many times over
  return length > size ? { kind: "ignored" } : { kind: "parts", parts: merged };
}

/** Half-open; undefined: malformed. */
function boundsOf(specifier: string, size: number): { start: number; end: number } | undefined {
  const match = SPECIFIER.exec(specifier);
  if (match === null) return undefined;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return { start: Math.max(0, size - Number(suffix)), end: size };
  const start = Number(first);
  const end = last === undefined || last === "" ? size : Math.min(size, Number(last) + 1);
  if (last !== undefined && last !== "" && Number(last) < start) return undefined;
  return { start, end };
}

function coalesced(parts: readonly FileRange[]): readonly FileRange[] {
  const merged: FileRange[] = [];
  for (const part of parts) {
    const before = merged.at(-1);
    const touches = before && part.offset >= before.offset && part.offset <= before.offset + before.length;
    if (before === undefined || !touches) merged.push(part);
    else {
      const end = Math.max(before.offset + before.length, part.offset + part.length);
      merged[merged.length - 1] = { offset: before.offset, length: end - before.offset };
    }
  }
  return merged;
}
