import { parseWeights } from "@zarr-gateway/http";

/** What a page can answer instead of itself. */
export type PageKind = "html" | "json" | "geojson";

const TYPES = { html: "text/html", json: "application/json", geojson: "application/geo+json" } as const;

/** JSON only for who names it and likes HTML less; wildcards mean the page (RFC 9110 §12.5.1). */
export function acceptedKind(accept: string | undefined): PageKind {
  const weights = parseWeights(accept ?? "");
  const weight = (kind: PageKind): number => weights.get(TYPES[kind]) ?? 0;
  const best = (["html", "geojson", "json"] as const).toSorted((a, b) => weight(b) - weight(a))[0] ?? "html";
  return weight(best) > 0 ? best : "html";
}
