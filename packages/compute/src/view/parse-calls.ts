import { type ViewArgument, type ViewCall, viewError } from "./view-call.ts";

/** Longer views fit into few URLs, and nobody reads them. */
export const MAX_VIEW_LENGTH = 2000;
export const MAX_STEPS = 16;
const MAX_ARGUMENTS = 64;
const MAX_DEPTH = 16;

const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const CLOSED_BY: Readonly<Record<string, string>> = { "(": ")", "[": "]" };

/**
 * The steps of `sel(lat=20:70)@mean(time)`, as they are written. Commas, `@` and `=` inside parentheses, brackets or
 * double quotes belong to the value.
 * @throws GatewayError invalid_request with the position of the mistake
 */
export function parseCalls(text: string): ViewCall[] {
  if (text.length > MAX_VIEW_LENGTH) {
    throw viewError(
      `a view has at most ${MAX_VIEW_LENGTH} characters, this one ${text.length}`,
      MAX_VIEW_LENGTH,
    );
  }
  const calls: ViewCall[] = [];
  let at = 0;
  do {
    if (calls.length === MAX_STEPS) throw viewError(`a view has at most ${MAX_STEPS} steps`, at);
    const { call, end } = parseCall(text, at);
    calls.push(call);
    if (end < text.length && text[end] !== "@") throw viewError('expected "@" or the end after a step', end);
    at = end + 1;
  } while (at <= text.length);
  return calls;
}

function parseCall(text: string, at: number): { call: ViewCall; end: number } {
  NAME.lastIndex = at;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw viewError('expected the name of an operation, as in "@mean(time)"', at);
  const open = at + name.length;
  if (text[open] !== "(") throw viewError(`expected "(" after "${name}"`, open);
  const { parts, end } = splitUntil(text, open + 1);
  if (end === text.length) throw viewError(`expected ")" that ends "${name}("`, end);
  if (parts.length > MAX_ARGUMENTS) throw viewError(`a step has at most ${MAX_ARGUMENTS} arguments`, at);
  const isEmpty = parts.length === 1 && text.slice(open + 1, end).trim() === "";
  const argumentsOf = isEmpty ? [] : parts.map((part) => parseArgument(text, part));
  return { call: { name, at, arguments: argumentsOf }, end: end + 1 };
}

interface Part {
  readonly start: number;
  readonly end: number;
  /** Of the first "=" that stands in no parentheses; undefined without one. */
  readonly equals: number | undefined;
}

/** What lies between commas, up to the parenthesis that closes; `end` is its position, or the end of the text. */
function splitUntil(text: string, start: number): { parts: Part[]; end: number } {
  const parts: Part[] = [];
  const closing: string[] = [];
  let part: { start: number; equals: number | undefined } = { start, equals: undefined };
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? "";
    const closer = Object.hasOwn(CLOSED_BY, character) ? CLOSED_BY[character] : undefined;
    if (character === '"') at = endOfQuotes(text, at);
    else if (closer !== undefined) {
      if (closing.push(closer) > MAX_DEPTH) throw viewError("too many parentheses in each other", at);
    } else if (closing.length > 0) {
      if (character === closing.at(-1)) closing.pop();
      else if (character === ")" || character === "]")
        throw viewError(`expected "${closing.at(-1) ?? ""}"`, at);
    } else if (character === ")" || character === ",") {
      parts.push({ ...part, end: at });
      if (character === ")") return { parts, end: at };
      part = { start: at + 1, equals: undefined };
    } else if (character === "=") part.equals ??= at;
    else if (character === "]") throw viewError('this "]" closes nothing', at);
  }
  return { parts, end: text.length };
}

function endOfQuotes(text: string, at: number): number {
  const end = text.indexOf('"', at + 1);
  if (end < 0) throw viewError("these quotes are not closed", at);
  return end;
}

function parseArgument(text: string, { start, end, equals }: Part): ViewArgument {
  const key = equals === undefined ? undefined : trimmed(text, start, equals);
  const value = trimmed(text, equals === undefined ? start : equals + 1, end);
  if (key?.text === "") throw viewError('expected a name before "="', start);
  if (value.text === "")
    throw viewError(key ? `expected a value after "${key.text}="` : "expected an argument", value.at);
  return { key: key?.text, at: key?.at ?? value.at, value: value.text, valueAt: value.at };
}

function trimmed(text: string, start: number, end: number): { text: string; at: number } {
  const part = text.slice(start, end);
  return { text: part.trim(), at: start + (part.length - part.trimStart().length) };
}
