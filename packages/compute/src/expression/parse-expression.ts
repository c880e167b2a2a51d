import { similarWord } from "@zarr-gateway/primitives";
import { viewError } from "../view/view-call.ts";
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName, isFunctionName, type Syntax } from "./syntax.ts";

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|"(?<quoted>[^"]*)"|(?<sign>\*\*|<=|>=|==|!=|[-+*/<>(),]))/uy;
const COMPARISONS: Readonly<Record<string, FunctionName>> = {
  "<": "less",
  "<=": "less_equal",
  ">": "greater",
  ">=": "greater_equal",
  "==": "equal",
  "!=": "not_equal",
};
const SUMS: Readonly<Record<string, FunctionName>> = { "+": "add", "-": "subtract" };
const PRODUCTS: Readonly<Record<string, FunctionName>> = { "*": "multiply", "/": "divide" };
/** Nobody writes more; each is an array in memory while a chunk is worked out. */
const MAX_NODES = 200;
const MAX_DEPTH = 40;

/**
 * Reads `sqrt(u*u+v*v)`: + - * / ** with Python's precedence, one comparison, functions, names and numbers. Names with
 * other characters stand in double quotes.
 * @param start position of the text in the view
 * @throws GatewayError invalid_request with the position of the mistake
 */
export function parseExpression(text: string, start: number): Syntax {
  return new ExpressionParser(tokensOf(text, start)).parse();
}

function tokensOf(text: string, start: number): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const where = start + at + (text.slice(at).length - text.slice(at).trimStart().length);
    if (match?.groups === undefined)
      throw viewError(
        `"${text.slice(at).trim().slice(0, 1)}" means nothing in a formula; there are + - * / ** < <= > >= == != and parentheses`,
        where,
      );
    const { number, name, quoted, sign } = match.groups;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at: where });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at: where });
    else tokens.push({ kind: "name", text: name ?? quoted ?? "", at: where });
    at = TOKEN.lastIndex;
  }
  return [...tokens, { kind: "end", text: "the end", at: start + text.length }];
}

/** Recursive descent; every level counts, so that no text exhausts the stack. */
class ExpressionParser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #nodes = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Syntax {
    const result = this.#comparison();
    const rest = this.#peek();
    if (rest.kind !== "end") throw viewError(`expected an operator or the end, not "${rest.text}"`, rest.at);
    return result;
  }

  #comparison(): Syntax {
    const left = this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#signed()));
    const { text, at } = this.#peek();
    const name = this.#operator(COMPARISONS);
    if (name === undefined) return left;
    const right = this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#signed()));
    const after = this.#peek();
    if (after.kind === "sign" && Object.hasOwn(COMPARISONS, after.text))
      throw viewError(`one comparison is possible, this is another after "${text}"`, after.at);
    return this.#call(name, at, [left, right]);
  }

  #chain(operators: Readonly<Record<string, FunctionName>>, part: () => Syntax): Syntax {
    let left = part();
    for (;;) {
      const { at } = this.#peek();
      const name = this.#operator(operators);
      if (name === undefined) return left;
      left = this.#call(name, at, [left, part()]);
    }
  }

  #signed(): Syntax {
    const { at, kind, text } = this.#peek();
    if (kind !== "sign" || (text !== "-" && text !== "+")) return this.#power();
    this.#next += 1;
    const inner = this.#deeper(at, () => this.#signed());
    return text === "+" ? inner : this.#call("negative", at, [inner]);
  }

  #power(): Syntax {
    const base = this.#atom();
    const { at, text, kind } = this.#peek();
    if (kind !== "sign" || text !== "**") return base;
    this.#next += 1;
    return this.#call("power", at, [base, this.#deeper(at, () => this.#signed())]);
  }

  #atom(): Syntax {
    const { kind, text, at } = this.#take();
    if (kind === "number") return this.#counted({ kind, at, ...numberOf(text, at) });
    if (kind === "name")
      return this.#isSign("(") ? this.#function(text, at) : this.#counted({ kind, at, name: text });
    if (text !== "(" || kind !== "sign")
      throw viewError(`expected a number, a name or "(", not "${text}"`, at);
    const inner = this.#deeper(at, () => this.#comparison());
    this.#expect(")");
    return inner;
  }

  #function(name: string, at: number): Syntax {
    if (!isFunctionName(name)) {
      const meant = similarWord(name, FUNCTION_NAMES);
      const advice = meant === undefined ? "" : `, did you mean "${meant}"?`;
      throw viewError(
        `there is no function "${name.slice(0, 40)}"${advice} There are ${FUNCTION_NAMES.join(", ")}`,
        at,
      );
    }
    this.#expect("(");
    const inputs = this.#deeper(at, () => {
      const first = [this.#comparison()];
      while (this.#isSign(",")) {
        this.#next += 1;
        first.push(this.#comparison());
      }
      return first;
    });
    this.#expect(")");
    if (inputs.length !== FUNCTIONS[name])
      throw viewError(`"${name}" takes ${FUNCTIONS[name]} values, not ${inputs.length}`, at);
    return this.#call(name, at, inputs);
  }

  #call(name: FunctionName, at: number, inputs: readonly Syntax[]): Syntax {
    return this.#counted({ kind: "call", at, name, inputs });
  }

  #counted(node: Syntax): Syntax {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw viewError(`a formula has at most ${MAX_NODES} parts`, node.at);
    return node;
  }

  #deeper<Result>(at: number, parse: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw viewError("too many levels in each other", at);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #operator(operators: Readonly<Record<string, FunctionName>>): FunctionName | undefined {
    const { kind, text } = this.#peek();
    if (kind !== "sign" || !Object.hasOwn(operators, text)) return undefined;
    this.#next += 1;
    return operators[text];
  }

  #expect(sign: string): void {
    const { kind, text, at } = this.#take();
    if (kind !== "sign" || text !== sign) throw viewError(`expected "${sign}", not "${text}"`, at);
  }

  #isSign(sign: string): boolean {
    const { kind, text } = this.#peek();
    return kind === "sign" && text === sign;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "the end", at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }
}

function numberOf(text: string, at: number): { readonly value: number; readonly isInteger: boolean } {
  const value = Number(text);
  const isInteger = /^\d+$/.test(text);
  if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value)))
    throw viewError(`the number ${text.slice(0, 40)} is too large`, at);
  return { value, isInteger };
}
