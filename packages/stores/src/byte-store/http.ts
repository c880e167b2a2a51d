import type { ByteStore } from "../byte-store.ts";
import { credentialsFor } from "../credentials.ts";
import { isBelow } from "../location.ts";
import { httpRequests } from "./http-requests.ts";
import { type RemoteStoreOptions, remoteStore } from "./remote-store.ts";

export interface HttpStoreOptions extends RemoteStoreOptions {
  /** Redirects are followed only to addresses below these; below the base alone where absent. */
  readonly allow?: readonly URL[];
}

/**
 * Objects below an address. 404 and 410 are absent; every other refusal or network failure throws. Headers of
 * credentials are sent to addresses below their prefix only, also after a redirect; so are name and password of the base.
 */
export function httpStore(base: URL, options: HttpStoreOptions = {}): ByteStore {
  const { credentials = [], allow = [base] } = options;
  const own = basicAuthorization(base);
  return remoteStore(base, options, (connections) =>
    httpRequests({
      base,
      allow,
      dispatcher: (trust) => connections.dispatcher(trust),
      headersFor: async (url) => {
        const headers = credentialsFor("http", url, credentials)?.headers ?? {};
        const isAuthorized = Object.keys(headers).some((name) => /^authorization$/i.test(name));
        return own === undefined || isAuthorized || !isBelow(url, base)
          ? headers
          : { ...headers, authorization: own };
      },
    }),
  );
}

/** RFC 7617, for `https://name:password@host/`. */
function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const words = [username, password].map(decoded).join(":");
  return `Basic ${Buffer.from(words).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}
