import type { SelectorGrammar } from "./selector.ts";

/** A label as it was written; what it means depends on the coordinate. */
export type LabelText = string;

/** `2013-01-01T06:00`: colons belong to it as long as two digits follow that are not the year of another label. */
const DATE_TIME =
  /[+-]?\d{4,6}-\d{2}-\d{2}[T ]\d{2}(?::\d{2}(?![\d-])(?::\d{2}(?![\d-])(?:\.\d{1,9})?)?)?Z?(?=[:;,]|$)/y;
const QUOTED = /"([^"]*)"/y;
const BARE = /[^":;,[\]]+/y;
/** Numbers that have several forms: 20.0, 2e1. Digits alone may be a name, such as 007. */
const DECIMAL = /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d{1,3})?$/i;
const PLAIN = /^[^\s"=@()[\],;:]+$/;

export const LABELS: SelectorGrammar<LabelText> = {
  match(text, at) {
    const quoted = matched(QUOTED, text, at);
    if (quoted?.[1] !== undefined) return { label: quoted[1], length: quoted[0].length };
    const [found] = matched(DATE_TIME, text, at) ?? matched(BARE, text, at) ?? [];
    const label = found?.trim() ?? "";
    return found === undefined || label === ""
      ? undefined
      : { label: normalized(label), length: found.length };
  },
  expected: 'a label such as 20.5, 2013-01 or "a name"',
};

function matched(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function normalized(label: string): string {
  if (DECIMAL.test(label) && Number.isFinite(Number(label))) return String(Number(label) + 0);
  return /^\d{4,6}-\d{2}-\d{2}[T ]/.test(label) ? label.replace(" ", "T").replace(/Z$/, "") : label;
}

/** As it is read again: with quotes only where they are needed. */
export function printLabel(label: LabelText): string {
  const again = LABELS.match(label, 0);
  const isPlain =
    again?.label === label && again.length === label.length && (PLAIN.test(label) || isDateTime(label));
  return isPlain ? label : `"${label}"`;
}

function isDateTime(label: string): boolean {
  return matched(DATE_TIME, label, 0)?.[0] === label && !label.includes(" ");
}
