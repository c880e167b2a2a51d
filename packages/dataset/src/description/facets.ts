import type { Attributes } from "../attributes.ts";

const MAX_FACETS = 40;
const MAX_LENGTH = 100;
/** Names that a query can have without quotes; others would clash with the prefixes of catalog extensions. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** Different in every file, or said elsewhere. */
const LEFT_OUT =
  /^(title|name|summary|description|abstract|comment|history|references?|citation|keywords|licen[cs]e|rights|id|tracking_id|creation_date|date_.*|.*_url|.*_email|contact|Conventions|NCO|CDO|CDI|geospatial_.*|time_(min|max|coverage_.*))$/i;

/** Global attributes by which datasets are searched and grouped: short texts and numbers with plain names. */
export function facetsOf(attrs: Attributes): Record<string, string | number> {
  const facets: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (Object.keys(facets).length >= MAX_FACETS) break;
    if (!NAME.test(name) || LEFT_OUT.test(name)) continue;
    if (typeof value === "string") {
      const text = value.trim();
      if (text !== "" && text.length <= MAX_LENGTH && !/\p{Cc}/u.test(text)) facets[name] = text;
    } else if (typeof value === "number" || typeof value === "bigint") {
      if (Number.isFinite(Number(value))) facets[name] = Number(value);
    }
  }
  return facets;
}
