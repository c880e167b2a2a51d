import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";
import { credentialsFor, type S3Credentials } from "../credentials.ts";
import { type ObjectLocation, objectKey, objectLocation } from "../object-location.ts";
import { optionalModule } from "../optional-module.ts";
import type { RemoteConnections } from "../remote-connections.ts";
import { retrying } from "../wrap/retried.ts";
import { explainedRefusals } from "./explained-refusals.ts";
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
import { type SignedRequest, s3Client } from "./s3-client.ts";
import { S3Reads } from "./s3-reads.ts";

/** Objects below `s3://bucket/folder`. Nothing is loaded or asked for before the first read. */
export function s3Store(location: URL, access: RemoteStoreOptions = {}): ByteStore {
  const bucket = objectLocation(location);
  const values = credentialsFor("s3", access.asked ?? location, access.credentials ?? []) ?? NO_CREDENTIALS;
  return remoteStore(location, access, (connections) =>
    explainedRefusals(new S3Requests(bucket, values, connections), "s3:ListBucket"),
  );
}

const NO_CREDENTIALS: S3Credentials = {};
const MAX_REFUSAL_BYTES = 16 * 1024;

class S3Requests implements ObjectRequests {
  readonly hasSuffixRanges = true;
  readonly #location: ObjectLocation;
  readonly #credentials: S3Credentials;
  readonly #connections: RemoteConnections;
  readonly #reads: S3Reads;
  #isBucketThere = false;

  constructor(location: ObjectLocation, credentials: S3Credentials, connections: RemoteConnections) {
    this.#location = location;
    this.#credentials = credentials;
    this.#connections = connections;
    this.#reads = new S3Reads(connections.dispatcher("named"));
  }

  async send(key: string, call: ObjectCall): Promise<ObjectAnswer | undefined> {
    const whole = objectKey(this.#location, key);
    if (whole === undefined) return undefined;
    let answer: ObjectAnswer;
    try {
      answer = (await this.#reads.send(whole, call)) ?? (await this.#sendBySdk(whole, call));
      this.#isBucketThere ||= answer.status < 400;
    } catch (error) {
      const refusal = spoken(error);
      const { status } = refusal;
      if (status === undefined) throw s3Error(error, key, call.signal);
      return this.#refused(key, call, { ...refusal, status });
    }
    const { status, headers } = answer;
    if (status < 400 || status === 416) return answer;
    return this.#refused(key, call, {
      status,
      code: await codeIn(answer),
      retryAfter: headers["retry-after"],
    });
  }

  async #sendBySdk(whole: string, { method, headers, signal }: ObjectCall): Promise<ObjectAnswer> {
    const { sdk, client } = await this.#client();
    const input = {
      Bucket: this.#location.container,
      Key: whole,
      ...(headers["range"] !== undefined && { Range: headers["range"] }),
      ...(headers["if-match"] !== undefined && { IfMatch: headers["if-match"] }),
      ...(headers["if-none-match"] !== undefined && { IfNoneMatch: headers["if-none-match"] }),
    };
    const options = signal ? { abortSignal: signal } : {};
    const note = (request: unknown): void =>
      this.#reads.learn(request as SignedRequest, whole, client.config); // as the SDK gives it to our handler
    if (method === "HEAD") {
      const command = new sdk.HeadObjectCommand(input);
      command.middlewareStack.add(noting(note), NOTING);
      return answerOf(await client.send(command, options));
    }
    const command = new sdk.GetObjectCommand(input);
    command.middlewareStack.add(noting(note), NOTING);
    return answerOf(await client.send(command, options));
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

  /** What a refusal means: absence where the store says that it is the key that is not there. */
  async #refused(
    key: string,
    { method, signal }: ObjectCall,
    refusal: Refusal,
  ): Promise<ObjectAnswer | undefined> {
    const { status, code } = refusal;
    if (status === 304 || status === 416) return bodiless(status);
    if (status === 404 && code === "NoSuchKey") {
      this.#isBucketThere = true;
      return undefined;
    }
    if (status !== 404 || method === "GET") throw refusedByS3(key, refusal);
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

/** The last look at a request before it is sent, which is how it was signed in the end. */
const NOTING = { step: "deserialize", name: "noting" } as const;

function noting(note: (request: unknown) => void) {
  return <Args extends { readonly request: unknown }, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      const output = await next(args);
      note(args.request);
      return output;
    };
}

/** The store's own word for a refusal, in its XML. */
async function codeIn(answer: ObjectAnswer): Promise<string | undefined> {
  // a body that breaks off says nothing more than the status
  const body = await answer.gather(MAX_REFUSAL_BYTES).catch(() => undefined);
  return /<Code>(\w+)<\/Code>/.exec(new TextDecoder().decode(body))?.[1];
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
      "content-type": output.ContentType,
      etag: output.ETag,
      "last-modified": output.LastModified?.toUTCString(),
    },
    ...streamedBody(stream),
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

function refusedByS3(key: string, refusal: Refusal): GatewayError {
  const { status, code } = refusal;
  if (code === undefined || !PASSING.has(code)) return refusalError(key, refusal);
  const details = { key, status, retryable: true };
  return new GatewayError("upstream", `"${key}": the server answered ${status} ${code}`, details);
}

export function s3Error(error: unknown, key: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const refusal = spoken(error);
  const { status } = refusal;
  if (status !== undefined) return refusedByS3(key, { ...refusal, status });
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
