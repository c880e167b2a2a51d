import type { NetworkPlan, RuntimeChoice, StepCondition } from "../model-package.ts";
import type { Reading } from "./pieces.ts";
import { ISO_DURATION, stepDuration } from "./step-duration.ts";
import { readTensor, type TensorContext } from "./tensor.ts";
import type { TensorDraft } from "./tensor-draft.ts";
import {
  expected,
  type Place,
  type Report,
  readInteger,
  readMap,
  readNames,
  readText,
  required,
  type Written,
} from "./written.ts";

export interface NetworkDraft extends Omit<NetworkPlan, "inputs" | "outputs"> {
  readonly at: Place;
  readonly inputs: readonly TensorDraft[];
  readonly outputs: readonly TensorDraft[];
}

export interface NetworkContext extends Reading {
  readonly runtime: RuntimeChoice["name"];
  readonly isDiagnostic: boolean;
}

const KEYS = ["file", "model", "version", "step", "when", "inputs", "outputs"];
const ALWAYS: StepCondition = { from: 1, to: Number.POSITIVE_INFINITY, every: 1 };
const MAX_STEP_NUMBER = 1_000_000;

export function readNetwork(written: Written, context: NetworkContext): NetworkDraft | undefined {
  const { report, isDiagnostic } = context;
  const entries = readMap(written, report, KEYS);
  if (entries === undefined) return undefined;
  const source = readSource(written, entries, context);
  for (const name of isDiagnostic ? ["step", "when"] : []) {
    const value = entries.get(name);
    if (value)
      report(value, `expected no ${name}: diagnostics are made for every step from the state itself`);
  }
  const step = isDiagnostic ? undefined : entries.get("step");
  const stride = step === undefined ? 1 : readStride(step, context);
  const when = isDiagnostic ? undefined : entries.get("when");
  const inputs = readTensors(written, entries, { ...context, direction: "input", stride });
  const outputs = readTensors(written, entries, { ...context, direction: "output", stride });
  checkWritten(outputs, report);
  return {
    key: written.key,
    at: written,
    ...source,
    stride: stride ?? 1,
    when: when === undefined ? ALWAYS : readWhen(when, report),
    inputs,
    outputs,
  };
}

function readSource(
  at: Place,
  entries: ReadonlyMap<string, Written>,
  { report, runtime, graphs }: NetworkContext,
): Pick<NetworkPlan, "file" | "model"> {
  const isLocal = runtime === "onnx";
  const refused = isLocal ? ["model", "version"] : ["file"];
  for (const name of refused) {
    const value = entries.get(name);
    const other = isLocal ? "oip" : "onnx";
    if (value) report(value, `expected only with runtime ${other}; the runtime is ${runtime}`);
  }
  const what = isLocal ? "the file of a graph" : "the name of a model on the server";
  const value = required(entries, isLocal ? "file" : "model", { report, at, what });
  const name = value && readText(value, report, what);
  if (name === undefined) return {};
  if (isLocal) {
    const file = graphs.get(name);
    return file === undefined ? {} : { file };
  }
  const version = entries.get("version");
  const text = version && readVersion(version, report);
  return { model: text === undefined ? { name } : { name, version: text } };
}

function readVersion(written: Written, report: Report): string | undefined {
  const isInteger = written.kind === "scalar" && typeof written.value === "bigint";
  return isInteger ? String(written.value) : readText(written, report, "a text or a whole number");
}

function readStride(written: Written, { report, stepMs }: NetworkContext): number | undefined {
  const text = readText(written, report, ISO_DURATION);
  if (text === undefined) return undefined;
  const ms = stepDuration(text);
  if (ms === undefined) return expected(report, written, ISO_DURATION);
  if (Number.isNaN(stepMs)) return undefined; // the package's could not be read
  if (ms % stepMs !== 0)
    return expected(report, written, `a multiple of the package's step (${stepMs / 60_000} minutes)`);
  return ms / stepMs;
}

function readWhen(written: Written, report: Report): StepCondition {
  const entries = readMap(written, report, ["from", "to", "every"]);
  if (entries === undefined) return ALWAYS;
  if (entries.size === 0) expected(report, written, "from, to or every");
  const number = (name: string, otherwise: number): number => {
    const value = entries.get(name);
    const range = { what: "a step number, from 1", from: 1, to: MAX_STEP_NUMBER };
    return (value && readInteger(value, report, range)) ?? otherwise;
  };
  const when = {
    from: number("from", ALWAYS.from),
    to: number("to", ALWAYS.to),
    every: number("every", ALWAYS.every),
  };
  if (when.from > when.to) report(written, `expected from ≤ to; got from ${when.from} to ${when.to}`);
  else if (Math.ceil(when.from / when.every) * when.every > when.to)
    report(
      written,
      `expected a step number from ${when.from} to ${when.to} that ${when.every} divides; there is none`,
    );
  return when;
}

function readTensors(
  at: Place,
  entries: ReadonlyMap<string, Written>,
  context: Omit<TensorContext, "inputs">,
): TensorDraft[] {
  const { report, direction } = context;
  const what = `a map of ${direction}s: the names of the graph's tensors, and what they hold`;
  const value = required(entries, `${direction}s`, { report, at, what });
  const tensors = value && readNames(value, report, what);
  if (value === undefined || tensors === undefined) return [];
  if (tensors.size === 0) report(value, `expected ${what}; got none`);
  const written = entries.get("inputs");
  const inputs = written?.kind === "map" ? written.entries : new Map<string, Written>();
  return [...tensors].flatMap(([name, tensor]) => readTensor(name, tensor, { ...context, inputs }) ?? []);
}

/** No two outputs of a network write the same field. */
function checkWritten(outputs: readonly TensorDraft[], report: Report): void {
  const writers = new Map<string, string>();
  const told = new Set<string>();
  for (const { name, channels } of outputs) {
    for (const channel of channels) {
      if (channel.kind !== "field") continue;
      const { variable, level, at } = channel;
      const id = JSON.stringify([variable, level]);
      const writer = writers.get(id);
      writers.set(id, name);
      if (writer === undefined || writer === name || told.has(variable)) continue;
      told.add(variable);
      report(at, `${variable} is written by the outputs ${writer} and ${name}; keep one`);
    }
  }
}
