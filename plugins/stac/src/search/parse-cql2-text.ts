import { type Expression, MAX_DEPTH } from "./cql2.ts";
import { invalid } from "./invalid.ts";
import { isGeometryWord, parseWkt } from "./parse-wkt.ts";
import { TokenReader } from "./tokens.ts";

const MAX_LENGTH = 50_000;

/** CQL2 text as CQL2 JSON (OGC 21-065r2, Annex B). @throws GatewayError invalid_request with the position of the mistake */
export function parseCql2Text(text: string, field = "filter"): Expression {
  if (text.length > MAX_LENGTH) throw invalid(field, `${MAX_LENGTH} characters at most`, text.length);
  const reader = new TokenReader(text, field);
  const expression = parseOr(reader, 0);
  if (reader.peek().kind !== "end") throw reader.unexpected("the end, AND or OR");
  return expression;
}

function parseOr(reader: TokenReader, depth: number): Expression {
  return parseChain(reader, "or", () => parseChain(reader, "and", () => parseNot(reader, depth + 1)));
}

function parseChain(reader: TokenReader, op: "and" | "or", next: () => Expression): Expression {
  const parts = [next()];
  while (reader.takeWord(op)) parts.push(next());
  return parts.length === 1 ? (parts[0] as Expression) : { op, args: parts };
}

function parseNot(reader: TokenReader, depth: number): Expression {
  if (depth > MAX_DEPTH) throw reader.unexpected(`${MAX_DEPTH} levels at most`);
  if (reader.takeWord("not")) return { op: "not", args: [parseNot(reader, depth + 1)] };
  return parseCondition(reader, depth);
}

function parseCondition(reader: TokenReader, depth: number): Expression {
  const left = parseSum(reader, depth);
  const symbol = reader.takeSymbol("=", "<>", "<=", ">=", "<", ">");
  if (symbol !== undefined) return { op: symbol, args: [left, parseSum(reader, depth)] };
  if (reader.takeWord("is")) {
    const isNegated = reader.takeWord("not");
    reader.expectWord("null");
    return negatedIf(isNegated, { op: "isNull", args: [left] });
  }
  const isNegated = reader.takeWord("not");
  if (reader.takeWord("like"))
    return negatedIf(isNegated, { op: "like", args: [left, parseSum(reader, depth)] });
  if (reader.takeWord("between")) {
    const low = parseSum(reader, depth);
    reader.expectWord("and");
    return negatedIf(isNegated, { op: "between", args: [left, low, parseSum(reader, depth)] });
  }
  if (reader.takeWord("in")) {
    reader.expectSymbol("(");
    return negatedIf(isNegated, { op: "in", args: [left, parseList(reader, depth)] });
  }
  if (isNegated) throw reader.unexpected("LIKE, BETWEEN or IN");
  return left;
}

function negatedIf(isNegated: boolean, expression: Expression): Expression {
  return isNegated ? { op: "not", args: [expression] } : expression;
}

/** After the opening parenthesis, to the closing one. */
function parseList(reader: TokenReader, depth: number): Expression[] {
  const items: Expression[] = [];
  if (reader.takeSymbol(")") !== undefined) return items;
  do items.push(parseOr(reader, depth + 1));
  while (reader.takeSymbol(",") !== undefined);
  reader.expectSymbol(")");
  return items;
}

function parseSum(reader: TokenReader, depth: number): Expression {
  let left = parseProduct(reader, depth);
  for (let op = reader.takeSymbol("+", "-"); op !== undefined; op = reader.takeSymbol("+", "-"))
    left = { op, args: [left, parseProduct(reader, depth)] };
  return left;
}

function parseProduct(reader: TokenReader, depth: number): Expression {
  let left = parseValue(reader, depth);
  const take = (): string | undefined =>
    reader.takeSymbol("*", "/", "%", "^") ?? (reader.takeWord("div") ? "div" : undefined);
  for (let op = take(); op !== undefined; op = take()) left = { op, args: [left, parseValue(reader, depth)] };
  return left;
}

function parseValue(reader: TokenReader, depth: number): Expression {
  if (depth > MAX_DEPTH) throw reader.unexpected(`${MAX_DEPTH} levels at most`);
  if (reader.takeSymbol("(") !== undefined) {
    const items = parseList(reader, depth + 1);
    return items.length === 1 ? (items[0] as Expression) : items;
  }
  if (reader.takeSymbol("-") !== undefined) {
    const value = parseValue(reader, depth + 1);
    return typeof value === "number" ? -value : { op: "*", args: [-1, value] };
  }
  const token = reader.next();
  if (token.kind === "text") return token.text;
  if (token.kind === "number") return Number(token.text);
  if (token.kind === "quoted") return { property: token.text };
  if (token.kind !== "word") throw reader.unexpected("a value or a property", token);
  return parseWord(reader, token.text, depth);
}

function parseWord(reader: TokenReader, word: string, depth: number): Expression {
  const lower = word.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  if (isGeometryWord(lower)) return parseWkt(reader, lower);
  if (reader.takeSymbol("(") === undefined) return { property: word };
  if (lower === "date" || lower === "timestamp") {
    const token = reader.next();
    if (token.kind !== "text") throw reader.unexpected("a text in single quotes", token);
    reader.expectSymbol(")");
    return { [lower]: token.text };
  }
  const args = parseList(reader, depth + 1);
  return lower === "interval" ? { interval: args } : { op: lower, args };
}
