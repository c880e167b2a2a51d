/** The path of a request as the client wrote it, percent-encoded, without query. */
export function rawPath(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/**
 * Routes match with and without a slash at the end; this tells which one was asked.
 * A Zarr store needs it: `lat/c/0/` is no key, `lat/` is a listing.
 */
export function hasTrailingSlash(request: { readonly url: string }): boolean {
  return rawPath(request.url).endsWith("/");
}
