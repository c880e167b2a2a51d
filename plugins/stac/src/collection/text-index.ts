import type { CatalogRecord } from "./catalog-record.ts";

/** Words of 32 bits for each text: 1024 bits, which is what `bitOf` tells apart. */
const WORDS = 32;

/**
 * Finds words anywhere in the texts of records. Of every text it keeps which groups of three letters are in it, as bits:
 * most texts without the word are passed over without being looked at.
 */
export class TextIndex {
  readonly #records: readonly CatalogRecord[];
  #signatures: Uint32Array | undefined;

  constructor(records: readonly CatalogRecord[]) {
    this.#records = records;
  }

  /** Whether the text of each record has one of the words, as 1 and 0. */
  find(words: readonly string[]): Uint8Array<ArrayBuffer> {
    this.#signatures ??= signaturesOf(this.#records);
    const found = new Uint8Array(this.#records.length);
    for (const word of words) this.#mark(word, this.#signatures, found);
    return found;
  }

  #mark(word: string, signatures: Uint32Array, found: Uint8Array): void {
    const bits = bitsOf(word);
    for (let position = 0; position < found.length; position += 1) {
      if (found[position] === 1) continue;
      const start = position * WORDS;
      let mayHave = true;
      for (const bit of bits) {
        mayHave = ((signatures[start + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) !== 0;
        if (!mayHave) break;
      }
      if (mayHave && this.#records[position]?.text.includes(word) === true) found[position] = 1;
    }
  }
}

function signaturesOf(records: readonly CatalogRecord[]): Uint32Array {
  const signatures = new Uint32Array(records.length * WORDS);
  for (const [position, { text }] of records.entries()) {
    const start = position * WORDS;
    for (let end = 2; end < text.length; end += 1) {
      const bit = bitOf(text, end);
      const at = start + (bit >>> 5);
      signatures[at] = (signatures[at] as number) | (1 << (bit & 31)); // inside
    }
  }
  return signatures;
}

function bitsOf(word: string): number[] {
  const bits = new Set<number>();
  for (let end = 2; end < word.length; end += 1) bits.add(bitOf(word, end));
  return [...bits];
}

/** Of the three letters that end there. */
function bitOf(text: string, end: number): number {
  const pair = Math.imul(text.charCodeAt(end - 2), 31) + text.charCodeAt(end - 1);
  return (Math.imul(pair, 0x9e37_79b1) + Math.imul(text.charCodeAt(end), 0x85eb_ca6b)) >>> 22;
}
