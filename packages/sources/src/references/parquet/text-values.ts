import type { ByteCursor } from "./byte-cursor.ts";

/** Byte strings as places in the pages they were read from: a view of each would take more time and memory than the rest. */
export class TextValues {
  readonly #pages: Uint8Array[] = [];
  readonly #page: number[] = [];
  readonly #start: number[] = [];
  readonly #length: number[] = [];

  get count(): number {
    return this.#start.length;
  }

  /** What the list takes beside the pages. */
  get byteLength(): number {
    return 24 * this.count;
  }

  /** The next values of a page, each behind its length. */
  takePage(cursor: ByteCursor, count: number): void {
    const page = this.#pages.push(cursor.bytes) - 1;
    for (let value = 0; value < count; value += 1) {
      const length = cursor.uint32();
      this.#page.push(page);
      this.#start.push(cursor.offset);
      this.#length.push(length);
      cursor.skip(length);
    }
  }

  /** A view. */
  at(code: number): Uint8Array | undefined {
    const start = this.#start[code];
    if (start === undefined) return undefined;
    return this.#pages[this.#page[code] ?? 0]?.subarray(start, start + (this.#length[code] ?? 0));
  }
}
