import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** What is signed: all but the body, which reads do not have. */
export interface SignedParts {
  readonly method: string;
  /** As it is sent, percent-encoded once. */
  readonly path: string;
  /** Lower-case names; those that are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a signature holds. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** SHA-256 of nothing. */
export const NO_BODY = hash("sha256", "");
const ALGORITHM = "AWS4-HMAC-SHA256";

/** `20260102T030405Z` */
export function signingTime(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, "");
}

/** Signature Version 4 as S3 wants it: the path is not encoded a second time. */
export class RequestSigner {
  /** The last one: it changes once a day, and with the credentials. */
  #key: { readonly secret: string; readonly scope: string; readonly key: KeyObject } | undefined;

  /**
   * The `Authorization` header.
   * @param parts whose headers hold `host`, `x-amz-content-sha256` and `x-amz-date`
   */
  sign({ method, path, headers }: SignedParts, keys: SigningKeys, { region, service }: SigningScope): string {
    const time = headers["x-amz-date"] ?? "";
    const names = Object.keys(headers).sort();
    const listed = names.join(";");
    const lines = names.map((name) => `${name}:${(headers[name] ?? "").trim()}\n`).join("");
    const [plain = "", query = ""] = path.split("?");
    const request = [method, plain, query, lines, listed, headers["x-amz-content-sha256"]].join("\n");
    const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash("sha256", request)}`;
    const signature = createHmac("sha256", this.#keyOf(keys.secretAccessKey, scope))
      .update(text)
      .digest("hex");
    return `${ALGORITHM} Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${listed}, Signature=${signature}`;
  }

  /** A KeyObject, because bytes would become one for every request, which takes longer than signing. */
  #keyOf(secret: string, scope: string): KeyObject {
    if (this.#key?.secret === secret && this.#key.scope === scope) return this.#key.key;
    let bytes = Buffer.from(`AWS4${secret}`);
    for (const part of scope.split("/")) bytes = createHmac("sha256", bytes).update(part).digest();
    const key = createSecretKey(bytes);
    this.#key = { secret, scope, key };
    return key;
  }
}
