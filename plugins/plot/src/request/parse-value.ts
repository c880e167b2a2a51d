import { GatewayError } from "@zarr-gateway/primitives";
import { meant } from "./similar-name.ts";

/** Longer texts are cut in messages. */
const SHOWN = 80;

export function wrong(name: string, text: string, expected: string): GatewayError {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text;
  return new GatewayError("invalid_request", `${name}=${shown}: expected ${expected}`, { parameter: name });
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

export function parseNumber(name: string, text: string, expected = "a number"): number {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw wrong(name, text, expected);
  return value;
}

export interface Limits {
  readonly min: number;
  readonly max: number;
}

export function parseWhole(name: string, text: string, { min, max }: Limits): number {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw wrong(name, text, `a whole number from ${min} to ${max}`);
  return value;
}

export function parseWithin(name: string, text: string, { min, max }: Limits): number {
  const value = parseNumber(name, text, `a number from ${min} to ${max}`);
  if (value < min || value > max) throw wrong(name, text, `a number from ${min} to ${max}`);
  return value;
}

export function parseSwitch(name: string, text: string): boolean {
  const plain = text.trim().toLowerCase();
  if (["true", "1", "yes", "on", ""].includes(plain)) return true;
  if (["false", "0", "no", "off"].includes(plain)) return false;
  throw wrong(name, text, "true or false");
}

/** Numbers between commas, at most `maxCount`. */
export function parseNumbers(name: string, text: string, maxCount: number): number[] {
  const parts = text.split(",", maxCount + 1);
  if (parts.length > maxCount) throw wrong(name, text, `at most ${maxCount} numbers`);
  return parts.map((part) => parseNumber(name, part, "numbers with commas between them"));
}

export function parseChoice<Name extends string>(name: string, text: string, choices: readonly Name[]): Name {
  const plain = text.trim().toLowerCase();
  const found = choices.find((choice) => choice.toLowerCase() === plain);
  if (found === undefined) throw wrong(name, text, `one of ${choices.join(", ")}${meant(plain, choices)}`);
  return found;
}
