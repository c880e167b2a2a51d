import { GatewayError } from "@zarr-gateway/primitives";

/** How long the bins of `resample` are, in the words of pandas. */
export type Frequency =
  | { readonly kind: "fixed"; readonly text: string; readonly nanoseconds: bigint }
  | {
      readonly kind: "months";
      readonly text: string;
      /** Steps of `months`, of which each begins or ends in a month that is `anchor` modulo `months`; 0 is January. */
      readonly count: number;
      readonly months: 1 | 3 | 12;
      readonly anchor: number;
      readonly isEnd: boolean;
    }
  | { readonly kind: "weeks"; readonly text: string; readonly count: number; readonly weekday: number };

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const FIXED: Readonly<Record<string, bigint>> = {
  D: 86_400_000_000_000n,
  h: 3_600_000_000_000n,
  min: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1000n,
  ns: 1n,
};
const SPANS: Readonly<Record<string, { readonly months: 1 | 3 | 12; readonly isEnd: boolean }>> = {
  MS: { months: 1, isEnd: false },
  ME: { months: 1, isEnd: true },
  QS: { months: 3, isEnd: false },
  QE: { months: 3, isEnd: true },
  YS: { months: 12, isEnd: false },
  YE: { months: 12, isEnd: true },
};
/** Words that pandas had before version 2.2. */
const FORMER: Readonly<Record<string, string>> = {
  M: "ME",
  Q: "QE",
  QM: "QE",
  A: "YE",
  Y: "YE",
  AS: "YS",
  BA: "YE",
  H: "h",
  T: "min",
  S: "s",
  L: "ms",
  U: "us",
  N: "ns",
  d: "D",
  w: "W",
};
const CHOICES =
  "YS, YE, QS, QE (all also with a month: QS-DEC), MS, ME, W (W-MON), D, h, min, s, ms, us and ns";
const MAX_COUNT = 1_000_000_000;

/**
 * `1MS`, `QS-DEC`, `6h`, `W-MON`. `text` is the one way to write it.
 * @throws GatewayError invalid_request saying what there is
 */
export function parseFrequency(text: string): Frequency {
  const match = /^(\d{0,12})([A-Za-z]+)(?:-([A-Z]{3}))?$/.exec(text);
  if (!match) throw refused(text, `it is a count and one of ${CHOICES}`);
  const [, digits = "", word = "", anchor] = match;
  const count = digits === "" ? 1 : Number(digits);
  if (count < 1 || count > MAX_COUNT) throw refused(text, `its count is 1 to ${MAX_COUNT}`);
  const fixed = own(FIXED, word);
  if (fixed !== undefined && anchor === undefined)
    return { kind: "fixed", text: `${count}${word}`, nanoseconds: BigInt(count) * fixed };
  if (word === "W") return weeks(text, count, anchor);
  const span = own(SPANS, word);
  if (span !== undefined && (anchor === undefined || (span.months !== 1 && MONTHS.includes(anchor))))
    return monthly(word, count, span, anchor);
  const former = own(FORMER, word);
  throw refused(text, former === undefined ? `there are ${CHOICES}` : `"${word}" is now called "${former}"`);
}

function monthly(
  word: string,
  count: number,
  span: { readonly months: 1 | 3 | 12; readonly isEnd: boolean },
  anchor: string | undefined,
): Frequency {
  const usual = span.isEnd ? "DEC" : "JAN";
  const month = span.months === 1 ? "JAN" : (anchor ?? usual);
  return {
    kind: "months",
    text: `${count}${word}${span.months === 1 || month === usual ? "" : `-${month}`}`,
    count,
    months: span.months,
    anchor: MONTHS.indexOf(month) % span.months,
    isEnd: span.isEnd,
  };
}

function weeks(text: string, count: number, anchor = "SUN"): Frequency {
  const weekday = WEEKDAYS.indexOf(anchor);
  if (weekday < 0) throw refused(text, `weeks end on one of ${WEEKDAYS.join(", ")}`);
  return { kind: "weeks", text: `${count}W${anchor === "SUN" ? "" : `-${anchor}`}`, count, weekday };
}

function refused(text: string, reason: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `"${text.slice(0, 40)}" is no frequency of resampling: ${reason}`,
  );
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
