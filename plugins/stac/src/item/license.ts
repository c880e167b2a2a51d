/** Licences of Earth-system data as their files name them, and the SPDX identifiers that STAC wants. */
const KNOWN: readonly (readonly [pattern: RegExp, identifier: string])[] = [
  [/\bCC0\b|creative commons zero/i, "CC0-1.0"],
  [/\bCC[ -]?BY[ -]?NC[ -]?SA\b.*?4|attribution[ -]non-?commercial[ -]share-?alike 4/i, "CC-BY-NC-SA-4.0"],
  [/\bCC[ -]?BY[ -]?SA\b.*?4|attribution[ -]share-?alike 4/i, "CC-BY-SA-4.0"],
  [/\bCC[ -]?BY[ -]?NC\b.*?4|attribution[ -]non-?commercial 4/i, "CC-BY-NC-4.0"],
  [/\bCC[ -]?BY\b.*?4|creative commons attribution 4/i, "CC-BY-4.0"],
  [/^MIT( licen[cs]e)?$/i, "MIT"],
  [/^Apache[- ](licen[cs]e[, ]*)?(version )?2(\.0)?$/i, "Apache-2.0"],
  [/open government licen[cs]e.*3|^OGL-UK-3\.0$/i, "OGL-UK-3.0"],
];

/** The SPDX identifier of a licence text; "other" where it is none that is known, undefined where there is no text. */
export function licenseOf(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const beginning = text.trim().slice(0, 1000);
  const known = KNOWN.find(([pattern]) => pattern.test(beginning));
  if (known) return known[1];
  return /^[A-Z][A-Za-z]*(-[A-Za-z]+)*-\d+(\.\d+)*(-[A-Za-z]+)*$/.test(beginning) ? beginning : "other";
}
