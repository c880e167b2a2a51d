const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** One tick more is better than half as many. */
const SLACK = 1.2;
const ROUND_STEPS = [1, 2, 2.5, 5, 10];

/**
 * Evenly spread round numbers from at or below `low` to at or above `high`, at most `bins` steps: matplotlib's
 * MaxNLocator, by which xarray chooses levels.
 */
export function niceLevels(low: number, high: number, bins: number): number[] {
  const step = niceStep((high - low) / Math.max(1, bins), STEPS);
  if (!(step > 0)) return [low];
  const first = Math.floor(low / step + 1e-10);
  const last = Math.ceil(high / step - 1e-10);
  return multiples(first, last, step);
}

/** Round numbers between `low` and `high`, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const step = niceStep((high - low) / Math.max(1, count) / SLACK, ROUND_STEPS);
  if (!(step > 0)) return Number.isFinite(low) ? [low] : [];
  return multiples(Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9), step);
}

/** The smallest round step that is not below `raw`; 0 where there is none. */
export function niceStep(raw: number, steps: readonly number[]): number {
  if (!(raw > 0) || !Number.isFinite(raw)) return 0;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = steps.find((candidate) => candidate * power >= raw * (1 - 1e-10));
  return (step ?? 10) * power;
}

function multiples(first: number, last: number, step: number): number[] {
  const count = Math.min(1000, last - first + 1);
  // 3 * 0.1 is 0.30000000000000004
  return Array.from({ length: Math.max(0, count) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

const MINUS = "−";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Labels of ticks, all with the same digits, and the power of ten that stands beside the axis where they are tiny or huge. */
export function formatTicks(ticks: readonly number[]): { readonly labels: string[]; readonly power: string } {
  const largest = Math.max(...ticks.map(Math.abs), 0);
  const exponent = largest > 0 ? Math.floor(Math.log10(largest) + 1e-9) : 0;
  const isPlain = exponent >= -3 && exponent < 6;
  const divisor = isPlain ? 1 : 10 ** exponent;
  const scaled = ticks.map((tick) => tick / divisor);
  const digits = Math.max(0, ...scaled.map(fractionDigits));
  return {
    labels: scaled.map((tick) => withMinus(tick.toFixed(Math.min(digits, 10)))),
    power: isPlain ? "" : `×10${superscript(exponent)}`,
  };
}

/** One number, as short as it can be told. */
export function formatNumber(value: number): string {
  const text = Number(value.toPrecision(6));
  const size = Math.abs(text);
  return withMinus(size !== 0 && (size < 1e-4 || size >= 1e7) ? text.toExponential() : String(text));
}

function fractionDigits(value: number): number {
  const text = String(Number(value.toPrecision(6)));
  return text.includes("e") ? 10 : (text.split(".")[1]?.length ?? 0);
}

function withMinus(text: string): string {
  return text.replace(/^-(?=.*[1-9])/, MINUS).replace(/^-/, "");
}

function superscript(value: number): string {
  return String(value).replace(/./g, (digit) => (digit === "-" ? "⁻" : (SUPERSCRIPTS[Number(digit)] ?? "")));
}
