import { hash } from "node:crypto";
import type { ContainerClient } from "@azure/storage-blob";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import { azureError } from "../byte-store/azure.ts";
import { azureContainer } from "../byte-store/azure-client.ts";
import { type AzureCredentials, credentialsFor } from "../credentials.ts";
import { type ObjectLocation, objectLocation } from "../object-location.ts";
import {
  type ObjectWriter,
  type ObjectWriterOptions,
  PART_BYTES,
  type PutOptions,
  type UploadSource,
} from "../object-writer.ts";
import { retrying } from "../wrap/retried.ts";
import { inLanes, partBytesFor, partsOf, readWhole } from "./parts.ts";

const NO_CREDENTIALS: AzureCredentials = {};

/**
 * Blobs: small ones at once, large ones in blocks whose names hold their checksums, so that an upload that broke off goes on
 * with what Azure has of it, and nothing need be remembered here.
 */
export function azureWriter(location: URL, options: ObjectWriterOptions): ObjectWriter {
  return new AzureWriter(location, options);
}

class AzureWriter implements ObjectWriter {
  readonly #place: ObjectLocation & { readonly host: string | undefined };
  readonly #credentials: AzureCredentials;
  readonly #options: ObjectWriterOptions;

  constructor(location: URL, options: ObjectWriterOptions) {
    this.#place = {
      ...objectLocation(location),
      host: location.username === "" ? undefined : location.hostname,
    };
    this.#credentials = credentialsFor("azure", location, options.credentials) ?? NO_CREDENTIALS;
    this.#options = options;
  }

  async put(key: string, source: UploadSource, options: PutOptions = {}): Promise<void> {
    const partBytes = partBytesFor(source.size, this.#options.partBytes ?? PART_BYTES);
    if (source.size > partBytes) return this.#putBlocks(key, source, { ...options, partBytes });
    const bytes = await readWhole(source, key, options);
    await this.#call(key, options, async (container, abort) => {
      const blob = container.getBlockBlobClient(this.#name(key));
      await blob.upload(asBuffer(bytes), bytes.length, {
        ...abort,
        ...described(source),
        blobHTTPHeaders: { blobContentType: source.mediaType, blobContentMD5: md5(bytes) },
      });
    });
  }

  async #putBlocks(
    key: string,
    source: UploadSource,
    options: PutOptions & { readonly partBytes: number },
  ): Promise<void> {
    const { partBytes, signal } = options;
    const there = await this.#uncommitted(key, options);
    const names: string[] = [];
    await inLanes(
      partsOf(source, { key, partBytes, signal }),
      this.#options.concurrentParts ?? 4,
      async ({ number, bytes }) => {
        const name = Buffer.from(
          `${String(number).padStart(6, "0")}-${Buffer.from(md5(bytes)).toString("hex")}`,
        ).toString("base64");
        names[number - 1] = name;
        if (there.get(name) === bytes.length) return;
        await this.#call(key, options, async (container, abort) => {
          const blob = container.getBlockBlobClient(this.#name(key));
          await blob.stageBlock(name, asBuffer(bytes), bytes.length, {
            ...abort,
            transactionalContentMD5: md5(bytes),
          });
        });
      },
    );
    await this.#call(key, options, async (container, abort) => {
      const blob = container.getBlockBlobClient(this.#name(key));
      await blob.commitBlockList(names, {
        ...abort,
        ...described(source),
        blobHTTPHeaders: { blobContentType: source.mediaType },
      });
    });
  }

  /** Blocks of an upload that broke off, by name. */
  #uncommitted(key: string, options: CallOptions): Promise<ReadonlyMap<string, number>> {
    return this.#call(key, options, async (container, abort) => {
      try {
        const list = await container.getBlockBlobClient(this.#name(key)).getBlockList("uncommitted", abort);
        return new Map((list.uncommittedBlocks ?? []).map(({ name, size }) => [name, size]));
      } catch (error) {
        const refused = azureError(error, key, options.signal);
        if (isGatewayError(refused) && refused.details["status"] === 404) return new Map<string, number>();
        throw error;
      }
    });
  }

  async *keys(folder: string, options: CallOptions = {}): AsyncGenerator<string> {
    const prefix = this.#place.folder + (folder === "" ? "" : `${folder}/`);
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const page = await this.#call(folder, options, async (container, abort) => {
        const pages = container
          .listBlobsFlat({ prefix, ...abort })
          .byPage(next === undefined ? {} : { continuationToken: next });
        const page = await pages.next();
        if (page.done === true) return undefined;
        const { segment, continuationToken } = page.value;
        return { names: segment.blobItems.map(({ name }) => name), next: continuationToken };
      });
      for (const name of page?.names ?? []) yield name.slice(this.#place.folder.length);
      next = page?.next === "" ? undefined : page?.next;
    }
  }

  async remove(key: string, options: CallOptions = {}): Promise<void> {
    await this.#call(key, options, async (container, abort) => {
      await container.getBlobClient(this.#name(key)).deleteIfExists(abort);
    });
  }

  #name(key: string): string {
    return this.#place.folder + key;
  }

  async #call<Result>(
    key: string,
    { signal }: CallOptions,
    call: (container: ContainerClient, abort: { readonly abortSignal?: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    const { connections } = this.#options;
    const { container, host = "" } = this.#place;
    const client = await connections.client(this.#credentials, `${container}@${host}`, () =>
      azureContainer(this.#place, this.#credentials, connections.dispatcher("named")),
    );
    return retrying(connections.retries)(
      async () => {
        try {
          return await call(client, signal ? { abortSignal: signal } : {});
        } catch (error) {
          if (isGatewayError(error)) throw error;
          throw azureError(error, key, signal);
        }
      },
      { signal },
    );
  }
}

/** Without a copy. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function md5(bytes: Uint8Array): Uint8Array {
  return hash("md5", bytes, "buffer");
}

function described({ sha256 }: UploadSource): { readonly metadata: Record<string, string> } {
  return { metadata: { sha256 } };
}
