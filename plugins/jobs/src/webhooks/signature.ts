import { createHmac } from "node:crypto";

export interface SignedMessage {
  /** The same for each attempt: who receives it twice can tell. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** Headers of Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`. A secret with `whsec_` is base64 behind it. */
export function signedHeaders(
  { id, timestamp, body }: SignedMessage,
  secret: string,
): Record<string, string> {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${digest}` };
}
