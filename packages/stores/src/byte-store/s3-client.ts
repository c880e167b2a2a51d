import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { Dispatcher } from "undici";
import type { S3Credentials } from "../credentials.ts";
import { optionalModule } from "../optional-module.ts";
import { textHeaders } from "./object-answer.ts";

/** What the SDK gives its handler: a signed request. */
export interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Of buckets whose region nobody tells; AWS answers with the right one, which the client then follows. */
const FALLBACK_REGION = "us-east-1";

/**
 * The official client on our own connections, with no attempts of its own: those are the store's.
 * @throws GatewayError unsupported when the SDK is not installed
 */
export async function s3Client(values: S3Credentials, dispatcher: Dispatcher): Promise<S3Client> {
  const sdk = await optionalModule("@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
  const { endpoint, region } = values;
  const config: S3ClientConfig = {
    ...identity(values),
    requestHandler: undiciHandler(dispatcher),
    maxAttempts: 1,
    followRegionRedirects: true,
    forcePathStyle: values.pathStyle ?? endpoint !== undefined,
    // TLS and the announced length guard the bytes; a checksum per chunk would cost more than the reading
    responseChecksumValidation: "WHEN_REQUIRED",
    requestChecksumCalculation: "WHEN_REQUIRED",
    ...(endpoint !== undefined && { endpoint }),
  };
  if (region !== undefined || endpoint !== undefined)
    return new sdk.S3Client({ ...config, region: region ?? FALLBACK_REGION });
  const client = new sdk.S3Client(config);
  try {
    await client.config.region(); // environment, profile
    return client;
  } catch {
    return new sdk.S3Client({ ...config, region: FALLBACK_REGION });
  }
}

function identity(values: S3Credentials): Pick<S3ClientConfig, "credentials" | "signer"> {
  const { accessKeyId, secretAccessKey, sessionToken } = values;
  if (values.anonymous === true) {
    const credentials = { accessKeyId: "", secretAccessKey: "" };
    return { credentials, signer: { sign: async (request) => request } };
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) return {}; // the SDK's own chain
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  };
}

/** The SDK's requests through undici: one pool with one set of bounds, and twice as fast as Node's own client. */
function undiciHandler(dispatcher: Dispatcher): NonNullable<S3ClientConfig["requestHandler"]> {
  return {
    async handle(request: SignedRequest, { abortSignal }: { readonly abortSignal?: unknown } = {}) {
      // undici does not wait for "100 Continue", which the SDK asks for before larger bodies; the header is not signed
      const { expect: _expect, Expect: _Expect, ...headersToSend } = request.headers;
      const response = await dispatcher.request({
        origin: originOf(request),
        path: request.path + queryOf(request),
        method: request.method,
        headers: headersToSend,
        body: (request.body as Dispatcher.RequestOptions["body"]) ?? null, // reads have none, writes have bytes
        signal: (abortSignal as AbortSignal | undefined) ?? null, // the signal that was given to `send`
      });
      const { statusCode, headers, body } = response;
      const texts = Object.entries(textHeaders(headers)).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return { response: { statusCode, headers: Object.fromEntries(texts), body } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined, // the connections are shared
    metadata: { handlerProtocol: "http/1.1" },
  };
}

function originOf({ protocol, hostname, port }: SignedRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}

function queryOf({ query = {} }: SignedRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null ? [escaped(name)] : [value].flat().map((one) => `${escaped(name)}=${escaped(one)}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** As AWS signs it: RFC 3986 unreserved characters stay. */
export function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
