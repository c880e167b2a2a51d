import { GatewayError } from "@zarr-gateway/primitives";

/** @throws GatewayError invalid_request for what is no plain address of a catalog */
export function catalogUrl(text: string): URL {
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (isPlain) return url;
  throw new GatewayError(
    "invalid_request",
    "a catalog has an http(s) address without user, query and fragment",
  );
}

/** A token goes to no other place than one that the configuration names. @throws GatewayError forbidden */
export function assertCatalogAllowed(url: URL, allow: readonly URL[]): void {
  const path = withSlash(url.pathname);
  const isAllowed = allow.some(
    (place) => url.origin === place.origin && path.startsWith(withSlash(place.pathname)),
  );
  if (!isAllowed)
    throw new GatewayError(
      "forbidden",
      `${url.origin} is no catalog that may be written (jobs.catalogs.allow)`,
    );
}

export function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
