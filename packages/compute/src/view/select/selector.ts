import { viewError } from "../view-call.ts";

/** What is wanted along a dimension, in positions or labels. */
export type Selector<Label> =
  | { readonly kind: "one"; readonly label: Label }
  | { readonly kind: "list"; readonly labels: readonly Label[] }
  | {
      readonly kind: "range";
      readonly from: Label | undefined;
      readonly to: Label | undefined;
      readonly step: number;
    };

/** A word of a view and where it stands. */
export interface Token {
  readonly text: string;
  readonly at: number;
}

export interface SelectorGrammar<Label> {
  /** The label that begins at a position of the text, with its length; undefined where there is none. */
  readonly match: (
    text: string,
    at: number,
  ) => { readonly label: Label; readonly length: number } | undefined;
  /** What a label is called in messages: `a position such as -12`. */
  readonly expected: string;
}

export const MAX_LIST = 1000;
const STEP = /[+-]?\d+/y;

/**
 * `10`, `10;20;30` or `[10,20,30]`, `10:20`, `10:`, `:20`, `10:20:2`, `::2`.
 * @throws GatewayError invalid_request with the position in the view
 */
export function parseSelector<Label>(value: Token, grammar: SelectorGrammar<Label>): Selector<Label> {
  const { text } = value;
  if (text.startsWith("[") && text.endsWith("]")) {
    return {
      kind: "list",
      labels: parseList({ text: text.slice(1, -1), at: value.at + 1 }, /[,;]/y, grammar),
    };
  }
  const first = grammar.match(text, 0);
  const end = first?.length ?? 0;
  if (end === text.length && first) return { kind: "one", label: first.label };
  if (text[end] === ";") return { kind: "list", labels: parseList(value, /;/y, grammar) };
  if (text[end] === ":") return parseRange(value, first?.label, end + 1, grammar);
  throw unexpected(value, end, first ? '":", ";" or the end' : grammar.expected);
}

function parseList<Label>(value: Token, separator: RegExp, grammar: SelectorGrammar<Label>): Label[] {
  const labels: Label[] = [];
  let at = 0;
  for (;;) {
    const found = grammar.match(value.text, at);
    if (found === undefined) throw unexpected(value, at, grammar.expected);
    labels.push(found.label);
    if (labels.length > MAX_LIST) throw viewError(`a list has at most ${MAX_LIST} entries`, value.at + at);
    at += found.length;
    if (at === value.text.length) return labels;
    separator.lastIndex = at;
    if (!separator.test(value.text)) throw unexpected(value, at, '";" or the end');
    at += 1;
  }
}

function parseRange<Label>(
  value: Token,
  from: Label | undefined,
  start: number,
  grammar: SelectorGrammar<Label>,
): Selector<Label> {
  const { text } = value;
  const last = grammar.match(text, start);
  const end = start + (last?.length ?? 0);
  const range = { kind: "range", from, to: last?.label } as const;
  if (end === text.length) return { ...range, step: 1 };
  if (text[end] !== ":") throw unexpected(value, end, last ? '":" or the end' : grammar.expected);
  if (end + 1 === text.length) return { ...range, step: 1 };
  STEP.lastIndex = end + 1;
  const step = STEP.exec(text)?.[0] ?? "";
  if (step === "" || end + 1 + step.length !== text.length)
    throw unexpected(value, end + 1, "a step such as 2 or -1");
  const number = Number(step);
  if (number === 0 || !Number.isSafeInteger(number)) throw unexpected(value, end + 1, "a step other than 0");
  return { ...range, step: number };
}

function unexpected({ text, at }: Token, where: number, expected: string): Error {
  const rest = text.slice(where, where + 20);
  return viewError(`expected ${expected}${rest === "" ? "" : `, not "${rest}"`}`, at + where);
}

/** The one way to write a selector; a list of one keeps its dimension, so that it has brackets. */
export function printSelector<Label>(selector: Selector<Label>, print: (label: Label) => string): string {
  switch (selector.kind) {
    case "one":
      return print(selector.label);
    case "list": {
      const text = selector.labels.map(print).join(";");
      return selector.labels.length === 1 ? `[${text}]` : text;
    }
    case "range": {
      const bound = (label: Label | undefined): string => (label === undefined ? "" : print(label));
      return `${bound(selector.from)}:${bound(selector.to)}${selector.step === 1 ? "" : `:${selector.step}`}`;
    }
    default:
      return selector satisfies never;
  }
}
