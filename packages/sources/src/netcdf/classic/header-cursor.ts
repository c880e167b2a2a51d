import { GatewayError } from "@zarr-gateway/primitives";

/** Thrown where the bytes at hand end before the file does: read more and parse again. */
class HeaderContinued extends Error {}

export function isHeaderContinued(error: unknown): boolean {
  return error instanceof HeaderContinued;
}

const STREAMING_32 = 0xffff_ffff;
const STREAMING_64 = 0xffff_ffff_ffff_ffffn;
/** NC_MAX_NAME is 256 characters; names stand in messages, so that damage must not make them long. */
const MAX_NAME_BYTES = 4096;
const decoder = new TextDecoder();

/** Reads the first `bytes` of a file of `fileSize` bytes, in order. CDF-5 is `wide`: counts and lengths have 64 bits. */
export class HeaderCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #wide: boolean;
  #offset = 0;

  constructor(bytes: Uint8Array, fileSize: number, wide: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileSize = fileSize;
    this.#wide = wide;
  }

  take(length: number, what: string): Uint8Array {
    const start = this.#offset;
    if (start + length > this.#fileSize) {
      throw new GatewayError(
        "upstream",
        `truncated: ${what} reaches to byte ${start + length}, but the file ends at ${this.#fileSize}`,
      );
    }
    if (start + length > this.#bytes.length) throw new HeaderContinued();
    this.#offset = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Followed by up to three bytes that make the length a multiple of four. */
  takePadded(length: number, what: string): Uint8Array {
    return this.take(length + padding(length), what).subarray(0, length);
  }

  uint32(what: string): number {
    const offset = this.#offset;
    this.take(4, what);
    return this.#view.getUint32(offset);
  }

  /** @throws GatewayError upstream above 2^53, where no file can reach */
  uint64(what: string): number {
    const offset = this.#offset;
    this.take(8, what);
    const value = this.#view.getBigUint64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new GatewayError("upstream", `damaged: ${what} is ${value}`);
    return Number(value);
  }

  /** A length or position that takes no room in the header. */
  length(what: string): number {
    return this.#wide ? this.uint64(what) : this.uint32(what);
  }

  /** The number of elements that follow, of at least `leastBytes` each: never more than the file has room for. */
  count(leastBytes: number, what: string): number {
    const count = this.length(what);
    if (count * leastBytes > this.#fileSize - this.#offset) {
      throw new GatewayError(
        "upstream",
        `truncated: ${what} is ${count}, for which the file of ${this.#fileSize} bytes has no room`,
      );
    }
    return count;
  }

  name(what: string): string {
    const length = this.count(1, `length of the ${what}`);
    if (length > MAX_NAME_BYTES)
      throw new GatewayError("upstream", `damaged: the ${what} has ${length} bytes`);
    return decoder.decode(this.takePadded(length, what));
  }

  /** undefined: STREAMING, the writer did not know. */
  recordCount(): number | undefined {
    const offset = this.#offset;
    this.take(this.#wide ? 8 : 4, "number of records");
    const isStreaming = this.#wide
      ? this.#view.getBigUint64(offset) === STREAMING_64
      : this.#view.getUint32(offset) === STREAMING_32;
    if (isStreaming) return undefined;
    this.#offset = offset;
    return this.length("number of records");
  }

  skipSize(what: string): void {
    this.take(this.#wide ? 8 : 4, what);
  }
}

/** Bytes that bring a length to a multiple of four. */
export function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}
