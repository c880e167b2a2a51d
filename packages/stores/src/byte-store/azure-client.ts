import type { ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Dispatcher } from "undici";
import type { AzureCredentials } from "../credentials.ts";
import { optionalModule } from "../optional-module.ts";
import { textHeaders } from "./object-answer.ts";

type HttpClient = NonNullable<StoragePipelineOptions["httpClient"]>;

/**
 * The official client of a container on our own connections, with no attempts of its own: those are the store's.
 * @param host the account's host as the location names it, such as `account.dfs.core.windows.net`; undefined for `az:`
 * @throws GatewayError unsupported when the SDK is not installed, invalid_request when no account is told
 */
export async function azureContainer(
  { container, host }: { readonly container: string; readonly host: string | undefined },
  values: AzureCredentials,
  dispatcher: Dispatcher,
): Promise<ContainerClient> {
  const sdk = await optionalModule("@azure/storage-blob", () => import("@azure/storage-blob"));
  const options = azurePipeline(dispatcher);
  const { connectionString, accountKey, sasToken, anonymous } = values;
  if (connectionString !== undefined) {
    return sdk.BlobServiceClient.fromConnectionString(connectionString, options).getContainerClient(
      container,
    );
  }
  const { account, endpoint } = accountOf(values, host);
  const url = `${endpoint.replace(/\/+$/, "")}/${container}`;
  if (accountKey !== undefined) {
    const key = new sdk.StorageSharedKeyCredential(account, accountKey);
    return new sdk.ContainerClient(url, key, options);
  }
  if (sasToken !== undefined) {
    return new sdk.ContainerClient(
      `${url}?${sasToken.replace(/^\?/, "")}`,
      new sdk.AnonymousCredential(),
      options,
    );
  }
  if (anonymous === true) return new sdk.ContainerClient(url, new sdk.AnonymousCredential(), options);
  const identity = await optionalModule("@azure/identity", () => import("@azure/identity"));
  return new sdk.ContainerClient(url, new identity.DefaultAzureCredential(), options);
}

/** Requests over our own connections, one attempt each. */
export function azurePipeline(dispatcher: Dispatcher): StoragePipelineOptions {
  return { httpClient: undiciClient(dispatcher), retryOptions: { maxTries: 1 } };
}

/** Public, China's, the United States' government's and Fabric's: no other host is taken from a location. */
const ACCOUNT_HOST =
  /^([a-z0-9-]{3,63})\.(?:dfs|blob)\.((?:core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))|fabric\.microsoft\.com)$/;

function accountOf(
  values: AzureCredentials,
  host: string | undefined,
): { account: string; endpoint: string } {
  const [, named, suffix = "core.windows.net"] = ACCOUNT_HOST.exec(host ?? "") ?? [];
  const account = named ?? values.account;
  if (host !== undefined && named === undefined && values.endpoint === undefined) {
    throw new GatewayError(
      "invalid_request",
      `expected abfss://<container>@<account>.dfs.core.windows.net/<path>`,
    );
  }
  if (
    account === undefined ||
    (named !== undefined && values.account !== undefined && named !== values.account)
  ) {
    throw new GatewayError(
      "invalid_request",
      account === undefined
        ? "the Azure account is not told: sources.credentials takes { account: … }"
        : "the location and sources.credentials name two Azure accounts",
    );
  }
  return { account, endpoint: values.endpoint ?? `https://${account}.blob.${suffix}` };
}

/** The SDK's requests through undici: one pool with one set of bounds. */
function undiciClient(dispatcher: Dispatcher): HttpClient {
  return {
    async sendRequest(request) {
      const url = new URL(request.url);
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: request.headers.toJson(),
        body: typeof request.body === "string" || request.body instanceof Uint8Array ? request.body : null,
        signal: (request.abortSignal as AbortSignal | undefined) ?? null, // the signal that was given to the call
      });
      const { statusCode: status, body } = response;
      const texts = textHeaders(response.headers);
      const isStream = request.streamResponseStatusCodes?.has(status) === true;
      const answer = {
        request,
        status,
        headers: { toJson: () => texts }, // all that the SDK asks of them before it makes its own
        ...(isStream ? { readableStreamBody: body } : { bodyAsText: await body.text() }),
      };
      return answer as unknown as Awaited<ReturnType<HttpClient["sendRequest"]>>; // see the line on headers
    },
  };
}
