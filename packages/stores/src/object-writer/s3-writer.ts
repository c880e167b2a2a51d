import { hash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { s3Error } from "../byte-store/s3.ts";
import { s3Client } from "../byte-store/s3-client.ts";
import { credentialsFor, type S3Credentials } from "../credentials.ts";
import { objectLocation } from "../object-location.ts";
import {
  type ObjectWriter,
  type ObjectWriterOptions,
  PART_BYTES,
  type PutOptions,
  type UploadSource,
  type UploadState,
} from "../object-writer.ts";
import { optionalModule } from "../optional-module.ts";
import { retrying } from "../wrap/retried.ts";
import { inLanes, md5Base64, partBytesFor, partsOf, readWhole } from "./parts.ts";

const NO_CREDENTIALS: S3Credentials = {};

type Sdk = typeof import("@aws-sdk/client-s3");

/**
 * Objects of S3: small ones by PUT, large ones in parts, each under its MD5, which servers of S3 compare. Some do not, but say what
 * they got as its ETag.
 */
export function s3Writer(location: URL, options: ObjectWriterOptions): ObjectWriter {
  return new S3Writer(location, options);
}

class S3Writer implements ObjectWriter {
  readonly #bucket: string;
  readonly #folder: string;
  readonly #credentials: S3Credentials;
  readonly #options: ObjectWriterOptions;
  /** Of objects that the store encrypts with keys of its own, ETags say nothing. */
  #hasOtherTags = false;

  constructor(location: URL, options: ObjectWriterOptions) {
    const { container, folder } = objectLocation(location);
    this.#bucket = container;
    this.#folder = folder;
    this.#credentials = credentialsFor("s3", location, options.credentials) ?? NO_CREDENTIALS;
    this.#options = options;
  }

  async put(key: string, source: UploadSource, options: PutOptions = {}): Promise<void> {
    const partBytes = partBytesFor(source.size, this.#options.partBytes ?? PART_BYTES);
    if (source.size > partBytes) return this.#putParts(key, source, { ...options, partBytes });
    const bytes = await readWhole(source, key, options);
    const put = (sdk: Sdk): SdkCommand<object, { readonly ETag?: string | undefined }> =>
      new sdk.PutObjectCommand({ ...this.#object(key), ...described(source), ...bodyOf(bytes) });
    await this.#sendBytes(key, bytes, options, put);
  }

  async #putParts(
    key: string,
    source: UploadSource,
    options: PutOptions & { readonly partBytes: number },
  ): Promise<void> {
    const { resume } = options;
    const known = resume?.partBytes === options.partBytes ? resume : undefined;
    try {
      await this.#upload(key, source, { ...options, resume: known });
    } catch (error) {
      // the store has forgotten the upload: it begins anew
      if (known === undefined || !isForgotten(error)) throw error;
      await this.#upload(key, source, { ...options, resume: undefined });
    }
  }

  async #upload(
    key: string,
    source: UploadSource,
    options: PutOptions & { readonly partBytes: number },
  ): Promise<void> {
    const { partBytes, onState } = options;
    let state: UploadState = options.resume ?? {
      id: await this.#begin(key, source, options),
      partBytes,
      parts: {},
    };
    onState?.(state);
    await inLanes(
      partsOf(source, { key, partBytes, signal: options.signal }),
      this.#options.concurrentParts ?? 4,
      async ({ number, bytes }) => {
        if (state.parts[number] !== undefined) return;
        const part = { ...this.#object(key), UploadId: state.id, PartNumber: number };
        const put = (sdk: Sdk): SdkCommand<object, { readonly ETag?: string | undefined }> =>
          new sdk.UploadPartCommand({ ...part, ...bodyOf(bytes) });
        const ETag = await this.#sendBytes(key, bytes, options, put);
        state = { ...state, parts: { ...state.parts, [number]: ETag ?? "" } };
        onState?.(state);
      },
    );
    const Parts = Object.entries(state.parts)
      .map(([number, ETag]) => ({ PartNumber: Number(number), ETag }))
      .sort((a, b) => a.PartNumber - b.PartNumber);
    await this.#send(
      key,
      options,
      (sdk) =>
        new sdk.CompleteMultipartUploadCommand({
          ...this.#object(key),
          UploadId: state.id,
          MultipartUpload: { Parts },
        }),
    );
  }

  /** Sends once more what arrived under another MD5; where it differs again, the store's tags are something else. @returns the ETag */
  async #sendBytes(
    key: string,
    bytes: Uint8Array,
    options: CallOptions,
    command: (sdk: Sdk) => SdkCommand<object, { readonly ETag?: string | undefined }>,
  ): Promise<string | undefined> {
    const { ETag } = await this.#send(key, options, command);
    const arrived = /^"?([0-9a-f]{32})"?$/.exec(ETag ?? "")?.[1];
    if (this.#hasOtherTags || arrived === undefined || arrived === hash("md5", bytes)) return ETag;
    const again = await this.#send(key, options, command);
    this.#hasOtherTags = again.ETag?.includes(hash("md5", bytes)) !== true;
    return again.ETag;
  }

  async #begin(key: string, source: UploadSource, options: CallOptions): Promise<string> {
    const begun = await this.#send(
      key,
      options,
      (sdk) => new sdk.CreateMultipartUploadCommand({ ...this.#object(key), ...described(source) }),
    );
    if (begun.UploadId !== undefined) return begun.UploadId;
    throw new GatewayError("upstream", `"${key}": the server began no upload`, { key });
  }

  async abandon(key: string, { id }: UploadState, options: CallOptions = {}): Promise<void> {
    const upload = { ...this.#object(key), UploadId: id };
    try {
      await this.#send(key, options, (sdk) => new sdk.AbortMultipartUploadCommand(upload));
    } catch (error) {
      // over already, or a server that has no such request
      const status = error instanceof GatewayError ? error.details["status"] : undefined;
      if (status !== 404 && status !== 405 && status !== 501) throw error;
    }
  }

  async *keys(folder: string, options: CallOptions = {}): AsyncGenerator<string> {
    const prefix = this.#folder + (folder === "" ? "" : `${folder}/`);
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const from = next === undefined ? {} : { ContinuationToken: next };
      const page = await this.#send(
        folder,
        options,
        (sdk) => new sdk.ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ...from }),
      );
      for (const { Key = "" } of page.Contents ?? []) yield Key.slice(this.#folder.length);
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    }
  }

  async remove(key: string, options: CallOptions = {}): Promise<void> {
    await this.#send(key, options, (sdk) => new sdk.DeleteObjectCommand(this.#object(key)));
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#folder + key };
  }

  async #send<Input extends object, Output extends object>(
    key: string,
    { signal }: CallOptions,
    command: (sdk: Sdk) => SdkCommand<Input, Output>,
  ): Promise<Output> {
    const { connections } = this.#options;
    const sdk = await optionalModule("@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
    const dispatcher = connections.dispatcher("named");
    const client = await connections.client(this.#credentials, "s3", () =>
      s3Client(this.#credentials, dispatcher),
    );
    const send = client.send.bind(client) as unknown as SendAny; // one of its many overloads
    return retrying(connections.retries)(
      async () => {
        try {
          return (await send(command(sdk), signal ? { abortSignal: signal } : {})) as Output; // of this command
        } catch (error) {
          throw s3Error(error, key, signal);
        }
      },
      { signal },
    );
  }
}

/** As much of the SDK's commands as a call needs; their own type binds all inputs and outputs of the service together. */
interface SdkCommand<Input extends object, Output extends object> {
  readonly input: Input;
  resolveMiddleware(
    ...values: Parameters<InstanceType<Sdk["PutObjectCommand"]>["resolveMiddleware"]>
  ): (...values: never[]) => Promise<{ output: Output }>;
}
type SendAny = (command: object, options: object) => Promise<object>;

function described({ mediaType, sha256 }: UploadSource): {
  readonly ContentType: string;
  readonly Metadata: Record<string, string>;
} {
  return { ContentType: mediaType, Metadata: { sha256 } };
}

function bodyOf(bytes: Uint8Array): {
  readonly Body: Uint8Array;
  readonly ContentLength: number;
  readonly ContentMD5: string;
} {
  return { Body: bytes, ContentLength: bytes.length, ContentMD5: md5Base64(bytes) };
}

function isForgotten(error: unknown): boolean {
  return error instanceof GatewayError && error.details["status"] === 404;
}

export type { S3Client };
