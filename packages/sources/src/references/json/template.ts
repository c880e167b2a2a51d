import { damagedSet } from "../reference.ts";

/** What a name in a template stands for. */
export type TemplateValue = string | number;
/** A template with parameters is rendered with the arguments of its call alone, so that no template can call itself. */
export type TemplateNames = ReadonlyMap<string, TemplateValue | { readonly template: string }>;

/** Longest template, and longest text one may become; addresses in use have a few hundred characters. */
const MAX_LENGTH = 8192;
const MAX_NESTING = 32;
const MAX_WIDTH = 64;
const TOKEN =
  /\s*(?:(?<number>\d+)|(?<name>[A-Za-z_]\w*)|"(?<double>[^"\\]*)"|'(?<single>[^'\\]*)'|(?<operator>\/\/|[-+*%~()=,]))/y;

/**
 * Text with its `{{…}}` replaced: names, calls with named arguments, whole numbers and text, and the arithmetic that
 * kerchunk's specification shows. Jinja's other words are refused.
 * @throws GatewayError upstream, with the template
 */
export function renderTemplate(text: string, names: TemplateNames): string {
  if (!text.includes("{{")) return text;
  if (text.length > MAX_LENGTH) throw damagedSet(`a template of ${text.length} characters`);
  let rendered = "";
  let end = 0;
  for (const match of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    rendered += text.slice(end, match.index) + String(new Expression(match[1] ?? "", names).evaluate());
    end = match.index + match[0].length;
    if (rendered.length > MAX_LENGTH) throw damagedSet("a template becomes too long");
  }
  return rendered + text.slice(end);
}

interface Token {
  readonly kind: "number" | "name" | "text" | "operator";
  readonly text: string;
}

class Expression {
  readonly #source: string;
  readonly #names: TemplateNames;
  readonly #tokens: Token[];
  #at = 0;
  #nesting = 0;

  constructor(source: string, names: TemplateNames) {
    this.#source = source;
    this.#names = names;
    this.#tokens = this.#tokenize();
  }

  evaluate(): TemplateValue {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#refusal();
    return value;
  }

  #tokenize(): Token[] {
    const tokens: Token[] = [];
    const text = this.#source.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const groups = TOKEN.exec(text)?.groups;
      if (!groups) throw this.#refusal();
      const { number, name, operator, double, single } = groups;
      if (number !== undefined) tokens.push({ kind: "number", text: number });
      else if (name !== undefined) tokens.push({ kind: "name", text: name });
      else if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
      else tokens.push({ kind: "text", text: double ?? single ?? "" });
    }
    return tokens;
  }

  #sum(): TemplateValue {
    let left = this.#product();
    for (let sign = this.#take("+", "-", "~"); sign; sign = this.#take("+", "-", "~")) {
      const right = this.#product();
      if (sign === "~" || (sign === "+" && typeof left === "string" && typeof right === "string"))
        left = this.#bounded(`${left}${right}`);
      else left = this.#whole(sign === "+" ? this.#sumOf(left, right) : this.#sumOf(left, right, -1));
    }
    return left;
  }

  #product(): TemplateValue {
    let left = this.#factor();
    for (let sign = this.#take("*", "//", "%"); sign; sign = this.#take("*", "//", "%")) {
      const right = this.#factor();
      if (sign === "%" && typeof left === "string") left = this.#formatted(left, right);
      else if (typeof left !== "number" || typeof right !== "number") throw this.#refusal();
      else if (sign === "*") left = this.#whole(left * right);
      else left = this.#whole(sign === "//" ? Math.floor(left / right) : modulo(left, right));
    }
    return left;
  }

  #factor(): TemplateValue {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw this.#refusal();
    try {
      if (this.#take("-")) return this.#whole(this.#sumOf(0, this.#factor(), -1));
      return this.#primary();
    } finally {
      this.#nesting -= 1;
    }
  }

  #primary(): TemplateValue {
    if (this.#take("(")) {
      const value = this.#sum();
      this.#expect(")");
      return value;
    }
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === "number") return this.#whole(Number(token.text));
    if (token?.kind === "text") return token.text;
    if (token?.kind !== "name") throw this.#refusal();
    const known = this.#names.get(token.text);
    if (known === undefined) throw this.#refusal(`nobody has said what "${token.text}" is`);
    if (typeof known !== "object") return known;
    this.#expect("(");
    return renderTemplate(known.template, this.#arguments());
  }

  #arguments(): Map<string, TemplateValue> {
    const named = new Map<string, TemplateValue>();
    if (this.#take(")")) return named;
    do {
      const name = this.#tokens[this.#at];
      this.#at += 1;
      if (name?.kind !== "name") throw this.#refusal();
      this.#expect("=");
      named.set(name.text, this.#sum());
    } while (this.#take(","));
    this.#expect(")");
    return named;
  }

  #take(...operators: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "operator" || !operators.includes(token.text)) return undefined;
    this.#at += 1;
    return token.text;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw this.#refusal();
  }

  #sumOf(left: TemplateValue, right: TemplateValue, sign = 1): number {
    if (typeof left !== "number" || typeof right !== "number") throw this.#refusal();
    return left + sign * right;
  }

  #whole(value: number): number {
    if (!Number.isSafeInteger(value)) throw this.#refusal("it gives no whole number");
    return value === 0 ? 0 : value; // never -0, which prints like 0 but divides otherwise
  }

  #bounded(text: string): string {
    if (text.length > MAX_LENGTH) throw this.#refusal("it becomes too long");
    return text;
  }

  /** Python's `'%03d' % i`, for one value. */
  #formatted(format: string, value: TemplateValue): string {
    let uses = 0;
    const text = format.replace(/%(0?)(\d*)([ds%])/g, (_all, zero: string, width: string, kind: string) => {
      if (kind === "%") return "%";
      uses += 1;
      if (Number(width) > MAX_WIDTH || (kind === "d" && typeof value !== "number")) throw this.#refusal();
      return String(value).padStart(Number(width), zero === "" ? " " : "0");
    });
    if (uses !== 1) throw this.#refusal();
    return this.#bounded(text);
  }

  #refusal(reason = "it is not understood"): Error {
    return damagedSet(`the template {{${this.#source.slice(0, 200)}}} cannot be rendered: ${reason}`);
  }
}

/** Python's: with the sign of the divisor. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
