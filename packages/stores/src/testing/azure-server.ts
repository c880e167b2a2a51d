import { createRequire } from "node:module";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { temporaryFolder } from "@zarr-gateway/testkit";
import type { AzureCredentials } from "../credentials.ts";

/** The account that Azurite has, and its published key. */
const ACCOUNT = "devstoreaccount1";
const ACCOUNT_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

interface BlobServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

export interface AzureServer {
  readonly endpoint: URL;
  readonly credentials: AzureCredentials & { readonly account: string; readonly accountKey: string };
  readonly service: BlobServiceClient;
  put(container: string, name: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Paths of PEM files; with them tokens of Entra are taken too, whose signature is not looked at. */
export interface AzureServerTls {
  readonly cert: string;
  readonly key: string;
}

/** Azurite on this machine, with containers of these names. */
export async function startAzureServer(
  containers: readonly string[],
  tls?: AzureServerTls,
): Promise<AzureServer> {
  const folder = await temporaryFolder();
  const server = createBlobServer(folder.path, tls);
  await server.start();
  const endpoint = new URL(`${server.getHttpServerAddress()}/${ACCOUNT}`);
  const service = new BlobServiceClient(endpoint.href, new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY));
  for (const name of containers) await service.createContainer(name);
  return {
    endpoint,
    credentials: { account: ACCOUNT, accountKey: ACCOUNT_KEY, endpoint: endpoint.href },
    service,
    async put(container, name, bytes) {
      await service.getContainerClient(container).getBlockBlobClient(name).uploadData(bytes);
    },
    async close() {
      await server.close();
      await folder.remove();
    },
  };
}

function createBlobServer(folder: string, tls: AzureServerTls | undefined): BlobServer {
  const require = createRequire(import.meta.url);
  // modules of azurite 3.35, which has no types for them
  const { default: Configuration } = require("azurite/dist/src/blob/BlobConfiguration.js") as {
    default: new (...values: unknown[]) => unknown;
  };
  const { default: Server } = require("azurite/dist/src/blob/BlobServer.js") as {
    default: new (configuration: unknown) => BlobServer;
  };
  return new Server(
    new Configuration(
      "127.0.0.1",
      0,
      5,
      `${folder}/blobs.json`,
      `${folder}/extents.json`,
      [{ locationId: "Default", locationPath: `${folder}/data`, maxConcurrency: 10 }],
      false,
      undefined,
      false,
      undefined,
      true,
      true,
      ...(tls === undefined ? [] : [tls.cert, tls.key, "", "basic"]),
    ),
  );
}
