import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { crc32 } from "node:zlib";

export interface FileDigest {
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly crc32: number;
}

/** With these a file of results is opened: no link is followed, and no pipe is waited for. */
export const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Both checksums of bytes that come in pieces. */
export class RunningDigest {
  readonly #hash = createHash("sha256");
  #crc = 0;
  #size = 0;

  /** Of what came so far. */
  get size(): number {
    return this.#size;
  }

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#crc = crc32(bytes, this.#crc);
    this.#size += bytes.length;
  }

  end(): FileDigest {
    return { size: this.#size, sha256: this.#hash.digest("hex"), crc32: this.#crc };
  }
}
