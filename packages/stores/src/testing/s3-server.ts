import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { temporaryFolder } from "@zarr-gateway/testkit";
import type { S3Credentials } from "../credentials.ts";

/** What we use of `s3rver` 3.7, which has no types: an application of Koa. */
interface S3rver {
  readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
  readonly store: Store;
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}
interface Context {
  readonly method: string;
  store: Store;
  get(header: string): string;
}
interface StoredObject {
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly content: Readable | null;
  range?: { start: number; end: number };
}
interface ListOptions {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly startAfter?: string;
  readonly maxKeys?: number;
}
interface Listing {
  readonly objects: readonly { readonly key: string }[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}
interface Store {
  getObject(
    bucket: string,
    key: string,
    span?: { start?: number; end?: number },
  ): Promise<StoredObject | null>;
  listObjects(bucket: string, options: ListOptions): Promise<Listing>;
}

export interface S3Server {
  readonly endpoint: URL;
  readonly credentials: S3Credentials;
  put(bucket: string, key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);

/**
 * What s3rver gets wrong: `bytes=-2`, `bytes=0-0`, ranges of empty objects, `If-Match`, and folders in the listing of a
 * folder. (It looks at the access key, but checks no signatures of version 4.)
 */
async function asAmazonDoes(context: Context, next: () => Promise<void>): Promise<void> {
  const { store } = context;
  const S3Error = require("s3rver/lib/models/error") as new (code: string, message: string) => Error; // its module
  context.store = Object.create(store, {
    listObjects: { value: (bucket: string, options: ListOptions) => listFolder(store, bucket, options) },
    getObject: {
      async value(bucket: string, key: string): Promise<StoredObject | null> {
        const whole = await store.getObject(bucket, key);
        const range = /^bytes=(\d*)-(\d*)$/.exec(context.get("range"));
        const ifMatch = context.get("if-match");
        if (whole && ifMatch !== "" && ifMatch !== whole.metadata["etag"]) {
          whole.content?.destroy();
          throw new S3Error("PreconditionFailed", "At least one of the preconditions did not hold");
        }
        if (!whole || !range || context.method === "HEAD") return whole;
        whole.content?.destroy();
        const [, first = "", last = ""] = range;
        const start = first === "" ? Math.max(0, whole.size - Number(last)) : Number(first);
        const end = first === "" || last === "" ? whole.size - 1 : Math.min(Number(last), whole.size - 1);
        if (start > end) throw new S3Error("InvalidRange", "The requested range is not satisfiable");
        // an end of 0 would mean "none" to it
        const part = end > 0 ? await store.getObject(bucket, key, { start, end }) : whole;
        if (part && end === 0) return firstByte(await store.getObject(bucket, key, { start: 0 }));
        return part;
      },
    },
  }) as Store; // the store with one method of its own
  await next();
}

async function listFolder(store: Store, bucket: string, options: ListOptions): Promise<Listing> {
  const { prefix = "", delimiter, startAfter } = options;
  const all = await store.listObjects(bucket, { prefix, ...(startAfter !== undefined && { startAfter }) });
  if (delimiter === undefined || delimiter === "") return all;
  const folderOf = (key: string): string | undefined => {
    const end = key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + 1);
  };
  const folders = all.objects.map(({ key }) => folderOf(key)).filter((folder) => folder !== undefined);
  return {
    objects: all.objects.filter(({ key }) => folderOf(key) === undefined),
    commonPrefixes: [...new Set(folders)],
    isTruncated: false,
  };
}

async function firstByte(object: StoredObject | null): Promise<StoredObject | null> {
  if (!object?.content) return object;
  const { Readable } = await import("node:stream");
  const bytes = Buffer.concat(await Array.fromAsync(object.content as AsyncIterable<Buffer>)).subarray(0, 1); // of a file
  return Object.create(object, {
    content: { value: Readable.from([bytes]) },
    range: { value: { start: 0, end: 0 } },
  }) as StoredObject; // the same with its first byte
}

/** A real S3 server on this machine, with buckets of these names. */
export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  const folder = await temporaryFolder();
  const Server = require("s3rver") as new (options: object) => S3rver; // see the type
  const server = new Server({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory: folder.path,
  });
  server.middleware.unshift(asAmazonDoes);
  const endpoint = new URL(`http://127.0.0.1:${(await server.run()).port}`);
  const keys = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
  const client = new S3Client({
    endpoint: endpoint.href,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { ...keys }, // the SDK adds a member
  });
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  return {
    endpoint,
    credentials: { ...keys, endpoint: endpoint.href },
    async put(Bucket, Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async close() {
      client.destroy();
      await server.close();
      await folder.remove();
    },
  };
}
