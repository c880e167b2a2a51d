/** Metadata of Zarr v2 and v3, and what NetCDF-C keeps beside. */
export const DOCUMENT_NAMES = [
  ".zarray",
  ".zgroup",
  ".zattrs",
  ".zmetadata",
  ".nczarray",
  "zarr.json",
] as const;
export type DocumentKeyName = (typeof DOCUMENT_NAMES)[number];

/** True for the key of a metadata document, at the root or below. */
export function isDocumentKey(key: string): boolean {
  return isDocumentName(key.slice(key.lastIndexOf("/") + 1));
}

export function isDocumentName(name: string): name is DocumentKeyName {
  return (DOCUMENT_NAMES as readonly string[]).includes(name);
}

/** Path of the node and name of the document. */
export function splitDocumentKey(key: string): { readonly path: string; readonly name: string } {
  const slash = key.lastIndexOf("/");
  return { path: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}
