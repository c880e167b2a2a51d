import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";

/** Lets a holder of a link read the files of one job until a time, without any other proof. */
export class PrefixTokens {
  readonly #secret: Buffer;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** `<seconds since 1970>.<HMAC-SHA256>`; the same job and time give the same token. */
  create(job: string, expiresAt: number): string {
    const time = String(Math.floor(expiresAt / 1000));
    return `${time}.${this.#sign(job, time).toString("base64url")}`;
  }

  /** @throws GatewayError forbidden for any other token, and after its time */
  assert(job: string, token: string | undefined, now: number): void {
    const [, time, signature] = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(token ?? "") ?? [];
    if (time === undefined || signature === undefined) throw refused("the link has no token");
    const isValid = timingSafeEqual(this.#sign(job, time), Buffer.from(signature, "base64url"));
    if (!isValid) throw refused("the token of the link is not valid");
    if (Number(time) * 1000 <= now) throw refused("the time of the link is over");
  }

  #sign(job: string, time: string): Buffer {
    return createHmac("sha256", this.#secret).update(`results 1\n${job}\n${time}`).digest();
  }
}

function refused(message: string): GatewayError {
  return new GatewayError("forbidden", message);
}

const NAME = ".link-key";
const BYTES = 32;

/** The key of all processes on one folder, made by the first of them and kept beside the results. */
export async function sharedSecret(root: string): Promise<Buffer> {
  await mkdir(root, { recursive: true });
  const path = join(root, NAME);
  for (let look = 0; look < 100; look += 1) {
    try {
      await writeFile(path, randomBytes(BYTES).toString("hex"), { flag: "wx", mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const secret = Buffer.from(await readFile(path, "utf8"), "hex");
    // another process may be in the middle of writing it
    if (secret.length === BYTES) return secret;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new GatewayError("internal", "the key for signed links cannot be read");
}
