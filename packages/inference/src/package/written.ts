import { similarWord } from "@zarr-gateway/primitives";

/** A value as the file has it, with its place: what the readers below turn into what it means. */
export type Written = WrittenMap | WrittenList | WrittenScalar;

export interface Place {
  /** Path of the key. */
  readonly key: string;
  /** Position in the text. */
  readonly offset: number;
}
export interface WrittenMap extends Place {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Written>;
}
export interface WrittenList extends Place {
  readonly kind: "list";
  readonly items: readonly Written[];
}
export interface WrittenScalar extends Place {
  readonly kind: "scalar";
  /** Integers are bigint, other numbers number. */
  readonly value: null | boolean | number | bigint | string;
}

/** Takes note of a mistake; reading goes on, so that all of them are told at once. */
export type Report = (at: Place, message: string) => void;

const MAX_SHOWN = 80;

/** What came, for messages. */
export function show(written: Written): string {
  switch (written.kind) {
    case "map":
      return "a map";
    case "list":
      return `a list of ${written.items.length}`;
    case "scalar":
      return showScalar(written.value);
  }
}

function showScalar(value: WrittenScalar["value"]): string {
  if (value === null) return "nothing";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

export function expected(report: Report, written: Written, what: string): undefined {
  report(written, `expected ${what}; got ${show(written)}`);
}

/** The entries of a map that has no other keys than these. */
export function readMap(
  written: Written,
  report: Report,
  keys: readonly string[],
): ReadonlyMap<string, Written> | undefined {
  if (written.kind !== "map") return expected(report, written, `a map of ${keys.join(", ")}`);
  for (const [name, value] of written.entries) {
    if (keys.includes(name)) continue;
    const meant = similarWord(name, keys);
    const advice = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
    report(value, `unknown key${advice}; allowed here: ${keys.join(", ")}`);
  }
  return written.entries;
}

/** The entries of a map whose keys are names of somebody's own choice. */
export function readNames(
  written: Written,
  report: Report,
  what: string,
): ReadonlyMap<string, Written> | undefined {
  return written.kind === "map" ? written.entries : expected(report, written, what);
}

/** The items of a list that is not empty. */
export function readList(written: Written, report: Report, what: string): readonly Written[] | undefined {
  return written.kind === "list" && written.items.length > 0
    ? written.items
    : expected(report, written, what);
}

export function readText(written: Written, report: Report, what = "a text"): string | undefined {
  return written.kind === "scalar" && typeof written.value === "string" && written.value !== ""
    ? written.value
    : expected(report, written, what);
}

export function readWord<Word extends string>(
  written: Written,
  report: Report,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((one) => written.kind === "scalar" && written.value === one);
  return word ?? expected(report, written, words.join(" or "));
}

export interface NumberRule {
  readonly what: string;
  readonly accepts?: (value: number) => boolean;
}

/** A number that is finite, unless the rule says more. */
export function readNumber(
  written: Written,
  report: Report,
  { what, accepts = Number.isFinite }: NumberRule,
): number | undefined {
  const value = numberOf(written);
  return value !== undefined && accepts(value) ? value : expected(report, written, what);
}

/** The number that stands there, NaN and infinities too; undefined where it is something else. */
export function numberOf(written: Written): number | undefined {
  if (written.kind !== "scalar") return undefined;
  return typeof written.value === "number" || typeof written.value === "bigint"
    ? Number(written.value)
    : undefined;
}

export function readInteger(
  written: Written,
  report: Report,
  range: { readonly what: string; readonly from: number; readonly to: number },
): number | undefined {
  const { what, from, to } = range;
  return readNumber(written, report, {
    what,
    accepts: (value) => Number.isInteger(value) && value >= from && value <= to,
  });
}

/** The entry of a key that has to be there. */
export function required(
  entries: ReadonlyMap<string, Written>,
  name: string,
  missing: { readonly report: Report; readonly at: Place; readonly what: string },
): Written | undefined {
  const value = entries.get(name);
  if (value === undefined) {
    const { report, at, what } = missing;
    const key = at.key === "" ? name : `${at.key}.${name}`;
    report({ key, offset: at.offset }, `missing; expected ${what}`);
  }
  return value;
}
