import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { assertHostAllowed, GatewayError, guardedLookup, messageOf } from "@zarr-gateway/primitives";
import { signedHeaders } from "./signature.ts";
import { trustIn, type WebhookRules } from "./webhook-rules.ts";

export interface Message {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

export interface SendOptions {
  readonly rules: WebhookRules;
  readonly secret: string;
  readonly signal: AbortSignal;
}

/**
 * Posts a message; a redirect is not followed, and no answer but its status is looked at.
 * @throws GatewayError upstream where it was not taken, forbidden where its host is at a private address
 */
export async function sendMessage({ id, url, body }: Message, options: SendOptions): Promise<number> {
  const { rules, secret, signal } = options;
  const target = new URL(url);
  const trust = trustIn(target, rules);
  assertHostAllowed(target, trust);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    "Content-Type": "application/cloudevents+json",
    "Content-Length": String(Buffer.byteLength(body)),
    "User-Agent": "zarr-gateway",
    ...signedHeaders({ id, timestamp, body }, secret),
  };
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = send(target, {
    method: "POST",
    headers,
    lookup: guardedLookup(trust),
    signal,
    agent: false,
  });
  request.on("response", (answer) => {
    answer.destroy();
    resolve(answer.statusCode ?? 0);
  });
  request.on("error", reject);
  request.end(body);
  const status = await promise.catch((error: unknown) => {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError("upstream", `${target.host} could not be told: ${messageOf(error)}`, {}, error);
  });
  if (status >= 200 && status < 300) return status;
  throw new GatewayError("upstream", `${target.host} answered ${status}; expected 2xx`);
}
