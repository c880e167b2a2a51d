import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { credentialsFor, type GoogleCredentials } from "../credentials.ts";
import { locationBelow } from "../location.ts";
import { type ObjectLocation, objectKey, objectLocation } from "../object-location.ts";
import { optionalModule } from "../optional-module.ts";
import type { RemoteConnections } from "../remote-connections.ts";
import { retrying } from "../wrap/retried.ts";
import { explainedRefusals } from "./explained-refusals.ts";
import { httpRequests } from "./http-requests.ts";
import { readBody } from "./object-answer.ts";
import { type ListedPage, namesBelow } from "./object-names.ts";
import type { ObjectRequests } from "./object-requests.ts";
import { type RemoteStoreOptions, remoteStore } from "./remote-store.ts";

const ENDPOINT = "https://storage.googleapis.com/";
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
/** A page of a listing has 1000 names. */
const MAX_PAGE_BYTES = 16 * 1024 ** 2;
const NO_CREDENTIALS: GoogleCredentials = {};

/** Makes the headers that prove who asks. */
export type Authorize = (url: URL) => Promise<Readonly<Record<string, string>>>;

/**
 * Objects below `gs://bucket/folder`, through Cloud Storage's XML interface (bytes) and JSON interface (listings), both
 * over our own connections; Google's own library makes the tokens.
 */
export function googleStore(location: URL, access: RemoteStoreOptions = {}): ByteStore {
  const place = objectLocation(location);
  const values =
    credentialsFor("google", access.asked ?? location, access.credentials ?? []) ?? NO_CREDENTIALS;
  return remoteStore(location, access, (connections) =>
    explainedRefusals(googleRequests(place, values, connections), "storage.objects.list"),
  );
}

function googleRequests(
  place: ObjectLocation,
  values: GoogleCredentials,
  connections: RemoteConnections,
): ObjectRequests {
  const endpoint = new URL(values.endpoint ?? ENDPOINT);
  const headersFor = async (url: URL): Promise<Readonly<Record<string, string>>> => {
    // an object may redirect nowhere; should it, no token goes along
    if (url.origin !== endpoint.origin) return {};
    const authorize = await connections.client(values, "google", () => authorization(values));
    return authorize(url);
  };
  const over = (base: URL): ObjectRequests =>
    httpRequests({
      base,
      allow: [base],
      dispatcher: (trust) => connections.dispatcher(trust),
      headersFor,
      assertAbsent: assertBucketExists,
    });
  const bucket = locationBelow(endpoint, place.container);
  const objects = over(bucket);
  const around = retrying(connections.retries);
  let isBucketThere = false;
  return {
    hasSuffixRanges: true,
    async send(key, call) {
      const whole = objectKey(place, key);
      if (whole === undefined) return undefined;
      const answer = await objects.send(whole, call);
      if (answer || call.method === "GET") isBucketThere = true;
      if (answer || isBucketThere) return answer;
      // the answer to HEAD has no body: whether the key or the whole bucket is absent is known only from a GET
      const again = await objects.send(whole, { ...call, method: "GET", headers: { range: "bytes=0-0" } });
      await again?.discard();
      if (again)
        throw new GatewayError("upstream", `"${key}" came into being just now`, { key, retryable: true });
      isBucketThere = true;
      return undefined;
    },
    list(folder, { signal }) {
      const prefix = place.folder + (folder === "" ? "" : `${folder}/`);
      return namesBelow(prefix, (next) =>
        around(() => listedPage(over, { endpoint, bucket: place.container, prefix, next, signal }), {
          signal,
        }),
      );
    },
  };
}

async function listedPage(
  over: (base: URL) => ObjectRequests,
  page: CallOptions & {
    readonly endpoint: URL;
    readonly bucket: string;
    readonly prefix: string;
    readonly next: string | undefined;
  },
): Promise<ListedPage> {
  const { endpoint, bucket, prefix, next, signal } = page;
  const base = locationBelow(endpoint, `storage/v1/b/${bucket}`);
  base.search = new URLSearchParams({
    prefix,
    delimiter: "/",
    fields: "prefixes,items/name,nextPageToken",
    ...(next !== undefined && { pageToken: next }),
  }).toString();
  const answer = await over(base).send("o", { method: "GET", headers: {}, signal });
  if (!answer) throw new GatewayError("upstream", `the bucket "${bucket}" does not exist`);
  const text = new TextDecoder().decode(
    await readBody(answer, { key: prefix, signal, maxBytes: MAX_PAGE_BYTES }),
  );
  return parseListing(text, prefix);
}

function parseListing(text: string, prefix: string): ListedPage {
  try {
    const { prefixes, items, nextPageToken } = JSON.parse(text) as Readonly<Record<string, unknown>>; // checked below
    const names = [prefixes, items]
      .flatMap((part) => (Array.isArray(part) ? (part as unknown[]) : [])) // of whatever
      .map((item) => (typeof item === "object" && item !== null && "name" in item ? item.name : item));
    return {
      names: names.filter((name) => typeof name === "string"),
      next: typeof nextPageToken === "string" ? nextPageToken : undefined,
    };
  } catch (error) {
    throw new GatewayError("upstream", `"${prefix}": the listing is not JSON`, { retryable: true }, error);
  }
}

/** 404 stands for the object or for its whole bucket; only the first is absence. */
function assertBucketExists(body: string, key: string): void {
  if (body.includes("NoSuchBucket")) {
    throw new GatewayError("upstream", `"${key}": the bucket does not exist`, { key });
  }
}

export async function authorization(values: GoogleCredentials, scope = SCOPE): Promise<Authorize> {
  if (values.anonymous === true) return async () => ({});
  const library = await optionalModule("google-auth-library", () => import("google-auth-library"));
  const { keyFile } = values;
  const auth = new library.GoogleAuth({ scopes: [scope], ...(keyFile !== undefined && { keyFile }) });
  const client = await auth.getClient().catch(refuse);
  // a service account signs its own tokens: no request before the first read
  if (client instanceof library.JWT) client.useJWTAccessWithScope = true;
  return async (url) => {
    const headers = await client.getRequestHeaders(url.href).catch(refuse);
    return Object.fromEntries(headers.entries());
  };
}

/** The reason may quote the key file, so it stays in the log. */
function refuse(error: unknown): never {
  if (isGatewayError(error)) throw error;
  throw new GatewayError(
    "upstream",
    "no Google identity was found; sources.credentials takes { keyFile: … }, or anonymous: true for public data",
    {},
    error,
  );
}
