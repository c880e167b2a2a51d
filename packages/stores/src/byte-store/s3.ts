import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { credentialsFor, type S3Credentials } from "../credentials.ts";
import { type ObjectLocation, objectKey, objectLocation } from "../object-location.ts";
import { optionalModule } from "../optional-module.ts";
import type { RemoteConnections } from "../remote-connections.ts";
import { retrying } from "../wrap/retried.ts";
import { explainedRefusals } from "./explained-refusals.ts";
import { namesBelow } from "./object-names.ts";
import {
  bodiless,
  networkError,
  nothing,
  type ObjectAnswer,
  type ObjectCall,
  type ObjectRequests,
  type Refusal,
  refusalError,
} from "./object-requests.ts";
import { type RemoteStoreOptions, remoteStore } from "./remote-store.ts";
import { s3Client } from "./s3-client.ts";

/** Objects below `s3://bucket/folder`. Nothing is loaded or asked for before the first read. */
export function s3Store(location: URL, access: RemoteStoreOptions = {}): ByteStore {
  const bucket = objectLocation(location);
  const values = credentialsFor("s3", access.asked ?? location, access.credentials ?? []) ?? NO_CREDENTIALS;
  return remoteStore(location, access, (connections) =>
    explainedRefusals(new S3Requests(bucket, values, connections), "s3:ListBucket"),
  );
}

const NO_CREDENTIALS: S3Credentials = {};

class S3Requests implements ObjectRequests {
  readonly hasSuffixRanges = true;
  readonly #location: ObjectLocation;
  readonly #credentials: S3Credentials;
  readonly #connections: RemoteConnections;
  #isBucketThere = false;

  constructor(location: ObjectLocation, credentials: S3Credentials, connections: RemoteConnections) {
    this.#location = location;
    this.#credentials = credentials;
    this.#connections = connections;
  }

  async send(key: string, { method, headers, signal }: ObjectCall): Promise<ObjectAnswer | undefined> {
    const whole = objectKey(this.#location, key);
    if (whole === undefined) return undefined;
    const { sdk, client } = await this.#client();
    const input = {
      Bucket: this.#location.container,
      Key: whole,
      ...(headers["range"] !== undefined && { Range: headers["range"] }),
      ...(headers["if-match"] !== undefined && { IfMatch: headers["if-match"] }),
      ...(headers["if-none-match"] !== undefined && { IfNoneMatch: headers["if-none-match"] }),
    };
    const options = signal ? { abortSignal: signal } : {};
    try {
      const output =
        method === "HEAD"
          ? await client.send(new sdk.HeadObjectCommand(input), options)
          : await client.send(new sdk.GetObjectCommand(input), options);
      this.#isBucketThere = true;
      return answerOf(output);
    } catch (error) {
      return this.#failed(error, { key, method, signal });
    }
  }

  list(folder: string, { signal }: CallOptions): AsyncIterable<string> {
    const prefix = this.#location.folder + (folder === "" ? "" : `${folder}/`);
    const around = retrying(this.#connections.retries);
    return namesBelow(prefix, (next) =>
      around(
        async () => {
          const { sdk, client } = await this.#client();
          const command = new sdk.ListObjectsV2Command({
            Bucket: this.#location.container,
            Prefix: prefix,
            Delimiter: "/",
            ...(next !== undefined && { ContinuationToken: next }),
          });
          try {
            const page = await client.send(command, signal ? { abortSignal: signal } : {});
            const folders = (page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix);
            const objects = (page.Contents ?? []).map(({ Key = "" }) => Key);
            const more = page.IsTruncated === true ? page.NextContinuationToken : undefined;
            return { names: [...folders, ...objects], next: more };
          } catch (error) {
            throw s3Error(error, folder, signal);
          }
        },
        { signal },
      ),
    );
  }

  async #client(): Promise<{ sdk: typeof import("@aws-sdk/client-s3"); client: S3Client }> {
    const sdk = await optionalModule("@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
    const dispatcher = this.#connections.dispatcher("named");
    const client = await this.#connections.client(this.#credentials, "s3", () =>
      s3Client(this.#credentials, dispatcher),
    );
    return { sdk, client };
  }

  async #failed(
    error: unknown,
    { key, method, signal }: Pick<ObjectCall, "method" | "signal"> & { readonly key: string },
  ): Promise<ObjectAnswer | undefined> {
    const { status, code } = spoken(error);
    if (status === 304 || status === 416) return bodiless(status);
    if (status !== 404) throw s3Error(error, key, signal);
    if (code === "NoSuchKey") {
      this.#isBucketThere = true;
      return undefined;
    }
    if (method === "GET") throw s3Error(error, key, signal);
    // the answer to HEAD has no body: whether the key or the whole bucket is absent is known only from a GET
    if (this.#isBucketThere) return undefined;
    const range = { range: "bytes=0-0" };
    const found = await this.send(key, { method: "GET", headers: range, signal });
    await found?.discard();
    if (found)
      throw new GatewayError("upstream", `"${key}" came into being just now`, { key, retryable: true });
    return undefined;
  }
}

function answerOf(output: GetObjectCommandOutput | HeadObjectCommandOutput): ObjectAnswer {
  const body = "Body" in output ? output.Body : undefined;
  const range = "ContentRange" in output ? output.ContentRange : undefined;
  // in Node a body is a stream of Node
  const stream = body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      "content-length": output.ContentLength?.toString(),
      "content-range": range,
      etag: output.ETag,
      "last-modified": output.LastModified?.toUTCString(),
    },
    body: stream ?? nothing(),
    discard: async () => stream?.destroy(),
  };
}

/** Status and code of an answer that the SDK threw; both undefined for what happened on the way. */
function spoken(error: unknown): Partial<Refusal> {
  if (!(error instanceof Error && "$metadata" in error)) return {};
  const { $metadata, $response, name } = error as Error & {
    readonly $metadata: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  }; // ServiceException of the SDK
  const status = $metadata.httpStatusCode;
  const retryAfter = $response?.headers?.["retry-after"];
  return { ...(status !== undefined && { status }), code: name, retryAfter };
}

/** Names of failures that are mine or that pass, whatever their status. */
const PASSING: ReadonlySet<string> = new Set(["RequestTimeTooSkewed", "RequestTimeout", "SlowDown"]);

function s3Error(error: unknown, key: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { status, code, retryAfter } = spoken(error);
  if (status !== undefined && status >= 300) {
    if (code !== undefined && PASSING.has(code)) {
      return new GatewayError("upstream", `"${key}": the server answered ${status} ${code}`, {
        key,
        status,
        retryable: true,
      });
    }
    return refusalError(key, { status, code, retryAfter });
  }
  if (error instanceof Error && /Credentials/.test(error.name)) {
    return new GatewayError(
      "upstream",
      `"${key}": no credentials were found; sources.credentials takes keys, or anonymous: true for public data`,
      { key },
      error,
    );
  }
  return networkError(key, error, signal);
}
