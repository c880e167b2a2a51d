/**
 * The segment of an address that names a dataset, as a person would write it: signs of views that RFC 3986 §3.3 lets
 * stand in a path stay as they are. Two colons do not: clients built on fsspec part an address there. Nor do quotes.
 */
export function datasetSegment(id: string): string {
  return encodeURIComponent(id.toWellFormed())
    .replaceAll(/%40|%3D|%2C|(?<!%3A)%3A(?!%3A)/g, decodeURIComponent)
    .replaceAll("'", "%27");
}
