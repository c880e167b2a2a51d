import type { S3Client } from "@aws-sdk/client-s3";
import type { Dispatcher } from "undici";
import { dispatched } from "./dispatched.ts";
import type { ObjectAnswer, ObjectCall } from "./object-requests.ts";
import { escaped, type SignedRequest } from "./s3-client.ts";
import { NO_BODY, RequestSigner, type SigningScope, signingTime } from "./s3-signature.ts";

type Config = Pick<S3Client["config"], "credentials" | "systemClockOffset">;

/** Where the SDK found the bucket. */
interface Bucket {
  readonly origin: string;
  readonly host: string;
  /** Of the path, before the key. */
  readonly prefix: string;
  /** undefined: requests are not signed. */
  readonly scope: SigningScope | undefined;
  readonly config: Config;
}

const CREDENTIAL = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request,/;

/**
 * Reads of a bucket that the SDK has read from: the same request with another key, signed here. The SDK finds the
 * address, the region, the credentials and the right time; its way from a command to bytes takes three times as long
 * as all the rest of a small read.
 */
export class S3Reads {
  readonly #dispatcher: Dispatcher;
  readonly #signer = new RequestSigner();
  #bucket: Bucket | undefined;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** Takes note of a read of this key that the SDK has sent, and that was answered. */
  learn(request: SignedRequest, key: string, config: Config): void {
    const { protocol, hostname, port, path, headers } = request;
    const end = escapedPath(key);
    const { authorization } = headers;
    const region = CREDENTIAL.exec(authorization ?? "")?.[1];
    const isSimple =
      authorization === undefined || (region !== undefined && !("x-amz-s3session-token" in headers));
    if (!path.endsWith(`/${end}`) || !isSimple) return;
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const scope = region === undefined ? undefined : { region, service: "s3" };
    const prefix = path.slice(0, path.length - end.length);
    this.#bucket = { origin: `${protocol}//${host}`, host, prefix, scope, config };
  }

  /**
   * The answer as it comes; undefined where the SDK has to be asked: before it was, and where the answer says that the
   * address, the credentials or the time are others now.
   */
  async send(key: string, { method, headers, signal }: ObjectCall): Promise<ObjectAnswer | undefined> {
    const bucket = this.#bucket;
    if (!bucket) return undefined;
    const { origin, prefix } = bucket;
    const path = prefix + escapedPath(key);
    const signed = bucket.scope && (await this.#signed({ method, path }, bucket.scope, bucket));
    const all = signed ? { ...headers, ...signed } : headers;
    const answer = await dispatched(this.#dispatcher, { origin, path, method, headers: all, signal });
    if (!isForTheSdk(answer.status)) return answer;
    this.#bucket = undefined;
    await answer.discard();
    return undefined;
  }

  async #signed(
    request: { readonly method: string; readonly path: string },
    scope: SigningScope,
    { host, config }: Bucket,
  ): Promise<Record<string, string>> {
    const keys = await config.credentials();
    const { sessionToken } = keys;
    const headers = {
      host,
      "x-amz-content-sha256": NO_BODY,
      "x-amz-date": signingTime(new Date(Date.now() + config.systemClockOffset)),
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    return { ...headers, authorization: this.#signer.sign({ ...request, headers }, keys, scope) };
  }
}

/** Redirects to other regions, and refusals for which the SDK may have a remedy. */
function isForTheSdk(status: number): boolean {
  const isAnswer = status === 304 || status === 404 || status === 412 || status === 416 || status === 429;
  return status >= 300 && status < 500 && !isAnswer;
}

/** As AWS signs it: RFC 3986 unreserved characters and slashes stay. */
function escapedPath(key: string): string {
  return key.split("/").map(escaped).join("/");
}
