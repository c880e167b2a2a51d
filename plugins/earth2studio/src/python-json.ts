/** What `json.loads` of Python says of a text that it cannot read. */
export class PythonJsonError extends Error {
  /** In characters from the start. */
  readonly position: number;

  constructor(reason: string, text: string, index: number) {
    super(reason);
    this.position = [...text.slice(0, index)].length;
  }
}

/** Deeper ones could exhaust the stack of whoever walks through them. */
export const MAX_LEVELS = 500;

const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const FOUR_DIGITS = /[0-9a-fA-F]{4}/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * JSON as Python reads it, NaN and Infinity included: clients are told of mistakes in the words and at the places of
 * upstream's server. Slower than JSON.parse, so for what that refuses.
 * @throws PythonJsonError
 */
export function parsePythonJson(text: string): unknown {
  const reader = new Reader(text);
  reader.skipBlanks();
  const value = reader.value(0);
  reader.skipBlanks();
  if (reader.at < text.length) throw reader.mistake("Extra data");
  return value;
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  mistake(reason: string, index = this.at): PythonJsonError {
    return new PythonJsonError(reason, this.#text, index);
  }

  skipBlanks(): void {
    this.#match(BLANKS);
  }

  value(level: number): unknown {
    if (level > MAX_LEVELS) throw this.mistake("Nested too deeply");
    const next = this.#text[this.at];
    if (next === '"') return this.#string();
    if (next === "{") return this.#object(level);
    if (next === "[") return this.#list(level);
    const word = WORDS.find(([spelling]) => this.#text.startsWith(spelling, this.at));
    if (word !== undefined) {
      this.at += word[0].length;
      return word[1];
    }
    const number = this.#match(NUMBER);
    if (number === "") throw this.mistake("Expecting value");
    return Number(number);
  }

  #object(level: number): unknown {
    const members: [string, unknown][] = [];
    this.at += 1;
    this.skipBlanks();
    if (this.#take("}")) return {};
    for (;;) {
      if (this.#text[this.at] !== '"')
        throw this.mistake("Expecting property name enclosed in double quotes");
      const name = this.#string();
      this.skipBlanks();
      if (!this.#take(":")) throw this.mistake("Expecting ':' delimiter");
      this.skipBlanks();
      members.push([name, this.value(level + 1)]);
      if (!this.#goesOn("}")) return Object.fromEntries(members);
    }
  }

  #list(level: number): unknown {
    const values: unknown[] = [];
    this.at += 1;
    this.skipBlanks();
    if (this.#take("]")) return values;
    for (;;) {
      values.push(this.value(level + 1));
      if (!this.#goesOn("]")) return values;
    }
  }

  /** Whether another member follows; else what closes them has been read. */
  #goesOn(end: string): boolean {
    this.skipBlanks();
    if (this.#take(end)) return false;
    if (!this.#take(",")) throw this.mistake("Expecting ',' delimiter");
    this.skipBlanks();
    return true;
  }

  #string(): string {
    const begin = this.at;
    const pieces: string[] = [];
    this.at += 1;
    for (;;) {
      pieces.push(this.#plain());
      if (this.#take('"')) return pieces.join("");
      if (this.at >= this.#text.length) throw this.mistake("Unterminated string starting at", begin);
      if (!this.#take("\\")) throw this.mistake("Invalid control character at");
      pieces.push(this.#escape(begin));
    }
  }

  /** Up to a quote, a backslash, a control character or the end. */
  #plain(): string {
    const begin = this.at;
    while (
      this.at < this.#text.length &&
      !'"\\'.includes(this.#text.charAt(this.at)) &&
      this.#text.charAt(this.at) >= " "
    )
      this.at += 1;
    return this.#text.slice(begin, this.at);
  }

  #escape(begin: number): string {
    const kind = this.#text[this.at];
    if (kind === undefined) throw this.mistake("Unterminated string starting at", begin);
    if (kind !== "u") {
      const letter = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
      if (letter === undefined) throw this.mistake("Invalid \\escape", this.at - 1);
      this.at += 1;
      return letter;
    }
    const place = this.at;
    this.at += 1;
    const digits = this.#match(FOUR_DIGITS);
    if (digits === "" || this.at >= this.#text.length) throw this.mistake("Invalid \\uXXXX escape", place);
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #take(letter: string): boolean {
    if (this.#text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  /** What a sticky pattern finds here; "" where it finds nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }
}
