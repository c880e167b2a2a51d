import type { Attributes } from "@zarr-gateway/dataset";
import type { RuntimeChoice } from "../model-package.ts";
import { ISO_DURATION, stepDuration } from "./step-duration.ts";
import {
  expected,
  type Place,
  type Report,
  readInteger,
  readText,
  readWord,
  required,
  type Written,
} from "./written.ts";

type Entries = ReadonlyMap<string, Written>;

/** Keys that become attributes of the dataset. */
export const ATTRIBUTE_KEYS: readonly string[] = ["title", "description", "license", "references"];
const MAX_HISTORY = 1000;

export function readAttributes(entries: Entries, report: Report): Attributes {
  const attrs = ATTRIBUTE_KEYS.flatMap((key) => {
    const value = entries.get(key);
    const text = value && readText(value, report);
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.fromEntries(attrs);
}

export function readRuntime(entries: Entries, at: Place, report: Report): RuntimeChoice {
  const value = entries.get("runtime");
  const name = (value && readWord(value, report, ["onnx", "oip"])) ?? "onnx";
  const url = entries.get("url");
  if (name === "onnx") {
    if (url && (value === undefined || value.kind === "scalar"))
      report(url, "expected only with runtime oip; the runtime is onnx");
    return { name };
  }
  const what = "the http(s) address of the server";
  const address = required(entries, "url", { report, at, what });
  const text = address && readText(address, report, what);
  if (address && text !== undefined && !isHttp(text)) expected(report, address, what);
  return { name, url: text ?? "" };
}

function isHttp(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol);
}

/** Distance of lead times in milliseconds; NaN where it cannot be read. */
export function readStep(entries: Entries, at: Place, report: Report): number {
  const value = required(entries, "step", { report, at, what: ISO_DURATION });
  const text = value && readText(value, report, ISO_DURATION);
  if (value === undefined || text === undefined) return Number.NaN;
  const ms = stepDuration(text);
  if (ms === undefined) expected(report, value, ISO_DURATION);
  return ms ?? Number.NaN;
}

export function readHistory(written: Written | undefined, report: Report): number {
  const range = { what: `a whole number from 1 to ${MAX_HISTORY}`, from: 1, to: MAX_HISTORY };
  return (written && readInteger(written, report, range)) ?? 1;
}
