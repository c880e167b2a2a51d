import { createPrivateKey, createSign, type KeyObject } from "node:crypto";

/** How CloudFront lets a holder of a link read everything below one path. */
export interface CloudFrontSigner {
  /** `https://d111.cloudfront.net`, which serves the root of the bucket. */
  readonly domain: string;
  readonly keyPairId: string;
  readonly key: KeyObject;
}

/** @param pem of an RSA key of 2048 bits, as CloudFront wants it */
export function cloudFrontSigner(domain: string, keyPairId: string, pem: string): CloudFrontSigner {
  return { domain: domain.replace(/\/+$/, ""), keyPairId, key: createPrivateKey(pem) };
}

/**
 * `<domain>/<path>*?Policy=…&Signature=…&Key-Pair-Id=…`: a custom policy, RSA-SHA1 over its JSON without blanks.
 * @see Amazon CloudFront Developer Guide, "Creating a signed URL using a custom policy"
 */
export function cloudFrontUrl(
  { domain, keyPairId, key }: CloudFrontSigner,
  path: string,
  expiresAt: number,
): string {
  const resource = `${domain}/${path}*`;
  const time = Math.floor(expiresAt / 1000);
  const policy = JSON.stringify({
    Statement: [{ Resource: resource, Condition: { DateLessThan: { "AWS:EpochTime": time } } }],
  });
  const signature = createSign("RSA-SHA1").update(policy).sign(key);
  const query = [
    `Policy=${urlSafe(Buffer.from(policy))}`,
    `Signature=${urlSafe(signature)}`,
    `Key-Pair-Id=${encodeURIComponent(keyPairId)}`,
  ];
  return `${resource}?${query.join("&")}`;
}

function urlSafe(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("=", "_").replaceAll("/", "~");
}
