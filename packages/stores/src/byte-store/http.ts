import type { ByteStore } from "../byte-store.ts";
import { credentialsFor } from "../credentials.ts";
import { httpRequests } from "./http-requests.ts";
import { type RemoteStoreOptions, remoteStore } from "./remote-store.ts";

export interface HttpStoreOptions extends RemoteStoreOptions {
  /** Redirects are followed only to addresses below these; below the base alone where absent. */
  readonly allow?: readonly URL[];
}

/**
 * Objects below an address. 404 and 410 are absent; every other refusal or network failure throws. Headers of
 * credentials are sent to addresses below their prefix only, also after a redirect.
 */
export function httpStore(base: URL, options: HttpStoreOptions = {}): ByteStore {
  const { credentials = [], allow = [base] } = options;
  return remoteStore(base, options, (connections) =>
    httpRequests({
      base,
      allow,
      dispatcher: (trust) => connections.dispatcher(trust),
      headersFor: async (url) => credentialsFor("http", url, credentials)?.headers ?? {},
    }),
  );
}
