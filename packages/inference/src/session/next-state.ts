import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { Fields, ModelState } from "../model-session.ts";
import { cellsOf } from "../tensor/input-tensor.ts";
import type { OutputRow } from "../tensor/output-tensor.ts";
import type { LoadedNetwork } from "./loaded-network.ts";

/** A step that is being made, one row of a batch. */
export interface StepInProgress {
  readonly output: OutputRow;
  /** After the network's outputs were taken. */
  finish(): { readonly state: ModelState; readonly fields: Fields };
}

export interface StepStart {
  readonly n: number;
  /** States by step number: those that `statesBefore` names. */
  readonly from: ReadonlyMap<number, ModelState>;
}

/**
 * Puts together what a network writes and what stays. Entry 0 is what it writes as time 1, entry k what it feeds back for that
 * time; what it does not write is that of the states before, whose arrays are shared.
 */
export function nextState(model: ModelPackage, network: LoadedNetwork, start: StepStart): StepInProgress {
  const { stride } = network.plan;
  const before = stateOf(start, start.n - stride);
  const written = new Map<number, Map<string, Float32Array>>();
  /** As it is without what the network feeds back. */
  const kept = (entry: number): Fields | undefined => {
    if (entry === 0) return before.entries[0];
    return entry < stride ? stateOf(start, start.n - entry).entries[0] : before.entries[entry - stride];
  };
  const fed = fedVariables(network);
  const entryAt = (entry: number): Fields => {
    const writes = fed(entry) ? written.get(1 - entry / stride) : undefined;
    const stays = kept(entry);
    return new Map(
      stateVariables(model).map(({ name }) => {
        const isFed = fed(entry)?.has(name) === true;
        return [name, (isFed ? writes?.get(name) : undefined) ?? required(stays?.get(name), name)];
      }),
    );
  };
  return {
    output: {
      before: before.entries[0] ?? new Map<string, Float32Array>(),
      target: targets(model, network, { written, kept }),
      adopt(name, time, values) {
        const fields = written.get(time) ?? new Map<string, Float32Array>();
        written.set(time, fields.set(name, values));
      },
    },
    finish() {
      const entries = Array.from({ length: model.history }, (_, entry) => entryAt(entry));
      const published = written.get(1);
      const fields = model.variables.map(({ name, ...variable }): [string, Float32Array] => [
        name,
        published?.get(name) ?? kept(0)?.get(name) ?? nowhere(model, { name, ...variable }),
      ]);
      return { state: { n: start.n, entries }, fields: new Map(fields) };
    },
  };
}

/** An array for each variable and time: fresh where all of it is written, else on top of what stays. */
function targets(
  model: ModelPackage,
  network: LoadedNetwork,
  {
    written,
    kept,
  }: { written: Map<number, Map<string, Float32Array>>; kept: (entry: number) => Fields | undefined },
): OutputRow["target"] {
  return (name, time) => {
    const fields = written.get(time) ?? new Map<string, Float32Array>();
    written.set(time, fields);
    const known = fields.get(name);
    if (known !== undefined) return known;
    const variable = required(
      model.variables.find((one) => one.name === name),
      name,
    );
    const stays = kept((1 - time) * network.plan.stride)?.get(name);
    const values = isWhole(model, network, { variable, time })
      ? new Float32Array(sizeOf(model, variable))
      : (stays?.slice() ?? nowhere(model, variable));
    fields.set(name, values);
    return values;
  };
}

/** Values of a variable: levels, where it has them, times cells. */
export function sizeOf(
  model: ModelPackage,
  { levels, role }: Pick<ModelVariable, "levels" | "role">,
): number {
  const count = levels === undefined ? 1 : (model.levels[levels]?.length ?? 1);
  return count * cellsOf(model, role === "diagnostic" ? model.map?.scale : undefined);
}

/** A field of NaN: that of a diagnostic variable where no network writes it. */
export function nowhere(model: ModelPackage, variable: ModelVariable): Float32Array {
  return new Float32Array(sizeOf(model, variable)).fill(NaN);
}

/** True where the network writes every level. */
function isWhole(
  model: ModelPackage,
  { outputs }: LoadedNetwork,
  { variable, time }: { variable: ModelVariable; time: number },
): boolean {
  const levels = new Set<number>();
  for (const { tensor } of outputs)
    if (tensor.times.includes(time))
      for (const channel of tensor.plan.channels)
        if (channel.kind === "field" && channel.variable === variable.name) levels.add(channel.level ?? 0);
  return levels.size * cellsOf(model) === sizeOf(model, variable);
}

/** Variables that a network feeds back into an entry; undefined where there are none. */
function fedVariables({ plan, outputs }: LoadedNetwork): (entry: number) => ReadonlySet<string> | undefined {
  const byTime = new Map<number, Set<string>>();
  for (const { tensor } of outputs)
    for (const time of tensor.plan.feed)
      for (const channel of tensor.plan.channels)
        if (channel.kind === "field" && tensor.times.includes(time)) {
          const names = byTime.get(time) ?? new Set();
          byTime.set(time, names.add(channel.variable));
        }
  return (entry) => byTime.get(1 - entry / plan.stride);
}

function stateVariables({ variables }: ModelPackage): ModelVariable[] {
  return variables.filter(({ role }) => role === "state");
}

function stateOf({ n, from }: StepStart, step: number): ModelState {
  const state = from.get(step);
  if (state !== undefined) return state;
  throw new GatewayError("internal", `step ${n} needs the state of step ${step}, which was not given`);
}

function required<Value>(value: Value | undefined, name: string): Value {
  if (value !== undefined) return value;
  throw new GatewayError("internal", `the state has no ${name}`);
}
