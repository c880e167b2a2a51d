import type { GatewayError } from "@zarr-gateway/primitives";
import { invalid } from "./invalid.ts";

export interface Token {
  readonly kind: "word" | "quoted" | "text" | "number" | "symbol" | "end";
  readonly text: string;
  /** In the text, from 0. */
  readonly position: number;
}

const SPACE = /\s*/y;
const WORD = /[\p{L}_:][\p{L}\p{N}_:.]*/uy;
const QUOTED = /"((?:[^"]|"")*)"/y;
const TEXT = /'((?:[^'\\]|''|\\.)*)'/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<>|<=|>=|[=<>(),+\-*/%^]/y;

/** Words, numbers, texts and symbols of CQL2 text, one after the other. */
export class TokenReader {
  readonly #text: string;
  readonly #field: string;
  #next: Token;

  constructor(text: string, field: string) {
    this.#text = text;
    this.#field = field;
    this.#next = this.#read(0);
  }

  peek(): Token {
    return this.#next;
  }

  next(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#next = this.#read(this.#end);
    return token;
  }

  takeWord(word: string): boolean {
    if (this.#next.kind !== "word" || this.#next.text.toLowerCase() !== word) return false;
    this.next();
    return true;
  }

  takeSymbol(...symbols: readonly string[]): string | undefined {
    if (this.#next.kind !== "symbol" || !symbols.includes(this.#next.text)) return undefined;
    return this.next().text;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word.toUpperCase());
  }

  expectSymbol(symbol: string): void {
    if (this.takeSymbol(symbol) === undefined) throw this.unexpected(symbol);
  }

  unexpected(expected: string, token: Token = this.#next): GatewayError {
    return invalid(
      this.#field,
      `${expected} at position ${token.position}`,
      token.kind === "end" ? "the end" : token.text,
    );
  }

  #end = 0;

  #read(from: number): Token {
    const position = from + (match(SPACE, this.#text, from)?.[0].length ?? 0);
    if (position >= this.#text.length) {
      this.#end = position;
      return { kind: "end", text: "", position };
    }
    const kinds = [
      ["text", TEXT],
      ["quoted", QUOTED],
      ["number", NUMBER],
      ["word", WORD],
      ["symbol", SYMBOL],
    ] as const;
    for (const [kind, pattern] of kinds) {
      const found = match(pattern, this.#text, position);
      if (!found) continue;
      this.#end = position + found[0].length;
      return { kind, text: unquoted(kind, found), position };
    }
    throw invalid(
      this.#field,
      `CQL2 text at position ${position}`,
      this.#text.slice(position, position + 20),
    );
  }
}

function match(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

function unquoted(kind: Token["kind"], found: RegExpExecArray): string {
  if (kind === "text") return (found[1] ?? "").replaceAll("''", "'").replaceAll("\\'", "'");
  return kind === "quoted" ? (found[1] ?? "").replaceAll('""', '"') : found[0];
}
