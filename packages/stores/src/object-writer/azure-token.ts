import type { ContainerSASPermissions } from "@azure/storage-blob";
import { azureContainer, azurePipeline } from "../byte-store/azure-client.ts";
import { type AzureCredentials, credentialsFor } from "../credentials.ts";
import { objectLocation } from "../object-location.ts";
import type { ObjectWriterOptions } from "../object-writer.ts";
import { optionalModule } from "../optional-module.ts";

/** A way to read blobs without credentials of one's own. */
export interface ReadToken {
  /** Of the folder, with a slash at its end; blobs stand below it, the query behind them. */
  readonly url: string;
  readonly query: string;
}

const NO_CREDENTIALS: AzureCredentials = {};
/** What is signed differs between versions; private clouds and emulators know this one, and Azure all. */
const SIGNED_VERSION = "2022-11-02";
/** Clocks differ. */
const EARLIER_MS = 5 * 60_000;
/** A key that Entra gives out to sign with lives for so long at most. */
const MAX_DELEGATED_MS = 7 * 86_400_000 - EARLIER_MS;

/**
 * A shared access signature that lets its holder read every blob of the container until a time (`sr=c`, `sp=r`): signed with
 * the account's key, or with one that Entra delegates to this server. undefined where the credentials are themselves a token.
 */
export async function azureReadToken(
  location: URL,
  {
    credentials,
    connections,
    expiresAt,
  }: Pick<ObjectWriterOptions, "credentials" | "connections"> & { readonly expiresAt: number },
): Promise<ReadToken | undefined> {
  const values = credentialsFor("azure", location, credentials) ?? NO_CREDENTIALS;
  if (values.sasToken !== undefined || values.connectionString !== undefined || values.anonymous === true)
    return undefined;
  const sdk = await optionalModule("@azure/storage-blob", () => import("@azure/storage-blob"));
  const { container: name, folder } = objectLocation(location);
  const host = location.username === "" ? undefined : location.hostname;
  const dispatcher = connections.dispatcher("named");
  const container = await azureContainer({ container: name, host }, values, dispatcher);
  const permissions: ContainerSASPermissions = sdk.ContainerSASPermissions.parse("r");
  const now = Date.now();
  const startsOn = new Date(now - EARLIER_MS);
  const url = `${container.url.replace(/\?.*$/, "")}/${folder.split("/").map(encodeURIComponent).join("/")}`;
  const protocol = url.startsWith("https:") ? sdk.SASProtocol.Https : sdk.SASProtocol.HttpsAndHttp;
  const wish = { containerName: name, permissions, startsOn, protocol, version: SIGNED_VERSION };
  if (container.credential instanceof sdk.StorageSharedKeyCredential) {
    const signed = sdk.generateBlobSASQueryParameters(
      { ...wish, expiresOn: new Date(expiresAt) },
      container.credential,
    );
    return { url, query: signed.toString() };
  }
  const expiresOn = new Date(Math.min(expiresAt, now + MAX_DELEGATED_MS));
  // the account may stand in the path: private clouds and emulators have it there
  const account = container.url.slice(0, container.url.lastIndexOf("/"));
  const service = new sdk.BlobServiceClient(account, container.credential, azurePipeline(dispatcher));
  const key = await service.getUserDelegationKey(startsOn, expiresOn);
  const signed = sdk.generateBlobSASQueryParameters({ ...wish, expiresOn }, key, container.accountName);
  return { url, query: signed.toString() };
}
