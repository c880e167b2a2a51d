import { GatewayError } from "@zarr-gateway/primitives";
import { credentialsKind, type StoreCredentials } from "@zarr-gateway/stores";

/** `sources.credentials`, whose values were checked when they were read. @throws GatewayError invalid_request */
export function knownCredentials(
  byPrefix: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): StoreCredentials[] {
  return Object.entries(byPrefix).map(([text, values]) => {
    const prefix = URL.parse(text);
    const kind = prefix === null ? undefined : credentialsKind(prefix);
    if (prefix === null || kind === undefined)
      throw new GatewayError("invalid_request", "sources.credentials: a prefix is no location of a store");
    return { prefix, kind, values } as StoreCredentials; // the configuration's schema is the kind's own
  });
}
