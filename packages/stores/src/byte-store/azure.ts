import type {
  BlobDownloadResponseParsed,
  BlobGetPropertiesResponse,
  ContainerClient,
  RestError,
} from "@azure/storage-blob";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { type AzureCredentials, credentialsFor } from "../credentials.ts";
import { type ObjectLocation, objectKey, objectLocation } from "../object-location.ts";
import type { RemoteConnections } from "../remote-connections.ts";
import { retrying } from "../wrap/retried.ts";
import { azureContainer } from "./azure-client.ts";
import { streamedBody } from "./object-answer.ts";
import { namesBelow } from "./object-names.ts";
import {
  bodiless,
  networkError,
  type ObjectAnswer,
  type ObjectCall,
  type ObjectRequests,
  type Refusal,
  refusalError,
} from "./object-requests.ts";
import { type RemoteStoreOptions, remoteStore } from "./remote-store.ts";

/**
 * Objects below `az://container/folder`, or below `abfs[s]://container@account.dfs.core.windows.net/folder`. Nothing is
 * loaded or asked for before the first read.
 */
export function azureStore(location: URL, access: RemoteStoreOptions = {}): ByteStore {
  const place = {
    ...objectLocation(location),
    host: location.username === "" ? undefined : location.hostname,
  };
  const values =
    credentialsFor("azure", access.asked ?? location, access.credentials ?? []) ?? NO_CREDENTIALS;
  return remoteStore(location, access, (connections) => new AzureRequests(place, values, connections));
}

const NO_CREDENTIALS: AzureCredentials = {};

type Place = ObjectLocation & { readonly host: string | undefined };

class AzureRequests implements ObjectRequests {
  readonly hasSuffixRanges = false;
  readonly #place: Place;
  readonly #credentials: AzureCredentials;
  readonly #connections: RemoteConnections;

  constructor(place: Place, credentials: AzureCredentials, connections: RemoteConnections) {
    this.#place = place;
    this.#credentials = credentials;
    this.#connections = connections;
  }

  async send(key: string, { method, headers, signal }: ObjectCall): Promise<ObjectAnswer | undefined> {
    const whole = objectKey(this.#place, key);
    if (whole === undefined) return undefined;
    const blob = (await this.#client()).getBlobClient(whole);
    const conditions = {
      ...(headers["if-match"] !== undefined && { ifMatch: headers["if-match"] }),
      ...(headers["if-none-match"] !== undefined && { ifNoneMatch: headers["if-none-match"] }),
    };
    const options = { conditions, ...(signal && { abortSignal: signal }) };
    try {
      if (method === "HEAD") return answerOf(await blob.getProperties(options));
      const { offset, count } = spanOf(headers["range"]);
      return answerOf(await blob.download(offset, count, { ...options, maxRetryRequests: 0 }));
    } catch (error) {
      const { status, code } = spoken(error);
      if (status === 304 || status === 416) return bodiless(status);
      if (status === 404 && (code === undefined || code === "BlobNotFound")) return undefined;
      throw azureError(error, key, signal);
    }
  }

  list(folder: string, { signal }: CallOptions): AsyncIterable<string> {
    const prefix = this.#place.folder + (folder === "" ? "" : `${folder}/`);
    const around = retrying(this.#connections.retries);
    return namesBelow(prefix, (next) =>
      around(
        async () => {
          const options = { prefix, ...(signal && { abortSignal: signal }) };
          try {
            const pages = (await this.#client())
              .listBlobsByHierarchy("/", options)
              .byPage(next === undefined ? {} : { continuationToken: next });
            const page = await pages.next();
            if (page.done === true) return { names: [], next: undefined };
            const { blobPrefixes = [], blobItems } = page.value.segment;
            const names = [...blobPrefixes, ...blobItems].map(({ name }) => name);
            return { names, next: page.value.continuationToken || undefined };
          } catch (error) {
            throw azureError(error, folder, signal);
          }
        },
        { signal },
      ),
    );
  }

  #client(): Promise<ContainerClient> {
    const { container, host = "" } = this.#place;
    return this.#connections.client(this.#credentials, `${container}@${host}`, () =>
      azureContainer(this.#place, this.#credentials, this.#connections.dispatcher("named")),
    );
  }
}

type Properties = BlobGetPropertiesResponse | BlobDownloadResponseParsed;

function answerOf(output: Properties): ObjectAnswer {
  const body = "readableStreamBody" in output ? output.readableStreamBody : undefined;
  // Node's own stream, to which the SDK gives an older type
  const stream = body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
  const range = "contentRange" in output ? output.contentRange : undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      "content-length": output.contentLength?.toString(),
      "content-range": range,
      "content-type": output.contentType,
      etag: output.etag,
      "last-modified": output.lastModified?.toUTCString(),
    },
    ...streamedBody(stream),
  };
}

/** `bytes=4-7` as the SDK wants it. */
function spanOf(range: string | undefined): { offset?: number; count?: number } {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (first === undefined || last === undefined) return {};
  return { offset: Number(first), count: Number(last) - Number(first) + 1 };
}

/** Status and code of an answer that the SDK threw (RestError); both undefined for what happened on the way. */
function spoken(error: unknown): Partial<Refusal> {
  if (!(error instanceof Error && error.name === "RestError" && "statusCode" in error)) return {};
  const { statusCode, response, code } = error as RestError; // the name and the member are its own
  const told = response?.headers.get("x-ms-error-code") ?? (statusCode === undefined ? undefined : code);
  return {
    ...(statusCode !== undefined && { status: statusCode }),
    code: told,
    retryAfter: response?.headers.get("retry-after"),
  };
}

export function azureError(error: unknown, key: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { status, ...refusal } = spoken(error);
  if (status !== undefined && status >= 300) return refusalError(key, { status, ...refusal });
  if (error instanceof Error && /Authentication|CredentialUnavailable/.test(error.name)) {
    return new GatewayError(
      "upstream",
      `"${key}": no Entra identity was found; sources.credentials takes keys and tokens, or anonymous: true for public data`,
      { key },
      error,
    );
  }
  return networkError(key, error, signal);
}
