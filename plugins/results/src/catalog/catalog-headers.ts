import type { CallOptions } from "@zarr-gateway/primitives";
import { GatewayError } from "@zarr-gateway/primitives";
import {
  credentialsFor,
  type EntraIdentity,
  entraIdentity,
  type StoreCredentials,
} from "@zarr-gateway/stores";
import type { CatalogKind } from "./catalog-step.ts";

/** Scope of the tokens that GeoCatalogs take. */
const SCOPE = "https://geocatalog.spatio.azure.com/.default";

/**
 * What proves who asks: headers of the configuration for this address, else for a GeoCatalog a token of the server's own Entra
 * identity, and for others nothing.
 */
export function catalogHeaders(
  credentials: readonly StoreCredentials[],
  identity: () => Promise<EntraIdentity> = entraIdentity,
) {
  let source: Promise<EntraIdentity> | undefined;
  return async (
    url: URL,
    kind: CatalogKind,
    _options: CallOptions,
  ): Promise<Readonly<Record<string, string>>> => {
    const configured = credentialsFor("http", url, credentials);
    if (configured !== undefined) return configured.headers;
    if (kind !== "geocatalog") return {};
    source ??= identity();
    try {
      const token = await (await source).getToken(SCOPE);
      if (token !== null) return { authorization: `Bearer ${token.token}` };
      throw new Error("no token");
    } catch (error) {
      source = undefined;
      throw new GatewayError(
        "upstream",
        "no Entra identity was found for the GeoCatalog; sources.credentials takes headers",
        {},
        error,
      );
    }
  };
}
