const ENTITY_TAG = /(W\/)?"([^"]*)"/g;

/** True when `If-Match` lets the request go on: strong comparison, RFC 9110 §13.1.1. */
export function ifMatchHolds(header: string, tags: readonly string[]): boolean {
  if (header.trim() === "*") return true;
  return listedTags(header).some(({ weak, tag }) => !weak && tags.includes(tag));
}

/** The tags that `If-None-Match` finds current (`*` finds all); undefined: the request goes on. Weak, §13.1.2. */
export function matchedTags(header: string, tags: readonly string[]): readonly string[] | undefined {
  if (header.trim() === "*") return tags;
  const listed = listedTags(header).map(({ tag }) => tag);
  const current = tags.filter((tag) => listed.includes(tag));
  return current.length > 0 ? current : undefined;
}

/** True when a range may be cut from the current bytes: the very tag, or the very date where there is one (§13.1.5). */
export function ifRangeHolds(header: string, tag: string | undefined, modifiedAt?: number): boolean {
  const asked = header.trim();
  if (modifiedAt !== undefined && asked === formatDate(modifiedAt)) return true;
  return tag !== undefined && asked === formatTag(tag);
}

/** True when `If-Modified-Since` finds the bytes unchanged; a date that is none is ignored (§13.1.3). */
export function isUnmodifiedSince(header: string, modifiedAt: number): boolean {
  return Math.floor(modifiedAt / 1000) * 1000 <= Date.parse(header);
}

/** IMF-fixdate, §5.6.7. */
export function formatDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** Strong entity tag as a header value; characters that a tag may not hold are escaped. */
export function formatTag(tag: string): string {
  return `"${/[^\x21\x23-\x7e]/.test(tag) ? encodeURIComponent(tag) : tag}"`;
}

function listedTags(header: string): { readonly weak: boolean; readonly tag: string }[] {
  return [...header.matchAll(ENTITY_TAG)].map(([, weak, tag = ""]) => ({ weak: weak !== undefined, tag }));
}
