/** Codings of JSON and text, in order of preference where a client likes them equally. */
export const CONTENT_CODINGS = ["br", "zstd", "gzip"] as const;
export type ContentCoding = (typeof CONTENT_CODINGS)[number];

/** What a browser or Python client sends is always one of a few texts: they are parsed once. */
const known = new Map<string, readonly ContentCoding[]>();
const MAX_KNOWN = 100;

/** Codings the client takes, best first; none where it prefers the bytes as they are. RFC 9110 §12.5.3. */
export function acceptedCodings(header: string | null | undefined): readonly ContentCoding[] {
  if (header === null || header === undefined || header === "") return [];
  const remembered = known.get(header);
  if (remembered !== undefined) return remembered;
  const codings = parseCodings(header);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(header, codings);
  return codings;
}

function parseCodings(header: string): readonly ContentCoding[] {
  const weights = parseWeights(header);
  // a wildcard allows any coding, and what writes it often decodes none: only codings that are named are used
  const weightOf = (coding: string): number => weights.get(coding) ?? 0;
  const identity = weights.get("identity") ?? 0; // unnamed, it stands behind every named coding
  return CONTENT_CODINGS.filter((coding) => weightOf(coding) > 0 && weightOf(coding) >= identity).sort(
    (a, b) => weightOf(b) - weightOf(a),
  );
}

/** `gzip;q=0.5, *` as weights; the first mention counts. Works for `Accept` too. */
export function parseWeights(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const weight = quality === undefined ? 1 : Number(quality);
    if (name !== "" && !weights.has(name)) weights.set(name, Number.isNaN(weight) ? 0 : weight);
  }
  return weights;
}
