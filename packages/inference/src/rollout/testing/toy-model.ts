import type { InitialConditions } from "../../initial-conditions.ts";
import { Instants } from "../../instants.ts";
import type { ModelPackage, NetworkPlan, TensorPlan } from "../../model-package.ts";
import type { Fields, ModelState } from "../../model-session.ts";
import { networkFor } from "../../step-plan.ts";

/** Lengths of steps, in the order of the file; longer ones are used for step numbers that they divide. */
export interface ToyModelOptions {
  readonly strides?: readonly number[];
  readonly history?: number;
  /** `[0, 1]`: the older entry of a state is the network's own, and published nowhere. */
  readonly feed?: readonly number[];
}

/** State variables `a`, `b` and a diagnostic one, `d`, on three points. */
export function toyModel({ strides = [1], history = 1, feed = [1] }: ToyModelOptions = {}): ModelPackage {
  return {
    attrs: {},
    version: "1",
    runtime: { name: "onnx" },
    stepMs: 6 * 3_600_000,
    history,
    grid: [{ name: "x", labels: [0, 1, 2] }],
    vertical: { name: "level", units: "hPa", standardName: "air_pressure", positive: "down" },
    levels: {},
    variables: ["a", "b", "d"].map((name) => ({
      name,
      role: name === "d" ? "diagnostic" : "state",
      attrs: {},
      nan: "refuse",
    })),
    networks: strides.map((stride) => network(stride, feed)),
    diagnostics: [],
  };
}

function network(stride: number, feed: readonly number[]): NetworkPlan {
  const output: TensorPlan = {
    name: "y",
    layout: [["channel"], ["x"]],
    times: feed,
    channels: ["a", "b"].map((variable) => ({ kind: "field", variable })),
    levelCount: 1,
    feed,
    residual: false,
  };
  const when = { from: 1, to: Number.POSITIVE_INFINITY, every: stride };
  return { key: `networks[${stride}]`, stride, when, inputs: [], outputs: [output] };
}

export interface Place {
  readonly init: number;
  readonly member: number;
}

export function toyFirst({ init, member }: Place, history: number): ModelState {
  const entries = Array.from({ length: history }, (_, back) => {
    const start = init * 10 + member - back;
    return fields({ a: start, b: start / 2 });
  });
  return { n: 0, entries };
}

/** One step: values depend on where they come from, on the run, and on the way. */
export function toyStep(
  model: ModelPackage,
  { n, init, member }: Place & { readonly n: number },
  before: (n: number) => ModelState,
): ModelState {
  const network = networkFor(model, n);
  const stride = network?.stride ?? 1;
  const from = before(n - stride).entries;
  const [a, b] = [value(from[0], "a"), value(from[0], "b")];
  const older = from.at(-1);
  const next = fields({
    a: a / 2 + value(older, "b") / 4 + stride + (n % 3),
    b: b / 2 + value(older, "a") / 8 + init + member / 16,
  });
  const isFed = network?.outputs[0]?.feed.includes(0);
  const entries = Array.from({ length: model.history }, (_, back) => {
    if (back === 0) return next;
    if (isFed && back === stride) return fields({ a: a + 0.125, b: b - n });
    const old = back >= stride ? from[back - stride] : before(n - back).entries[0];
    return old ?? next;
  });
  return { n, entries };
}

export function toyDiagnostics(state: ModelState): Fields {
  const [now] = state.entries;
  return new Map([
    ["d", Float32Array.of(...[0, 1, 2].map((at) => at + 2 * value(now, "a") + value(now, "b")))],
  ]);
}

/** What a roll-out without any queue or cache gives. */
export function toyReference(model: ModelPackage): (place: Place, n: number, variable: string) => number[] {
  const states = new Map<string, ModelState>();
  const stateOf = (place: Place, n: number): ModelState => {
    const key = `${place.init}/${place.member}/${n}`;
    const known = states.get(key);
    if (known) return known;
    const made =
      n === 0
        ? toyFirst(place, model.history)
        : toyStep(model, { ...place, n }, (before) => stateOf(place, before));
    states.set(key, made);
    return made;
  };
  return (place, n, variable) => {
    const state = stateOf(place, n);
    return [...(toyDiagnostics(state).get(variable) ?? state.entries[0]?.get(variable) ?? [])];
  };
}

/** @param count of initial times */
export function toyConditions(
  history: number,
  count: number,
  make: (place: Place) => Promise<ModelState> = (place) => Promise.resolve(toyFirst(place, history)),
): InitialConditions {
  return {
    calendar: "standard",
    times: Instants.of(Array.from({ length: count }, (_, day) => ({ day, nanoseconds: 0 }))),
    version: "1",
    state: (start) => make(start),
  };
}

function fields(values: Record<string, number>): Fields {
  return new Map(
    Object.entries(values).map(([name, start]) => [name, Float32Array.of(start, start + 0.25, start + 0.5)]),
  );
}

function value(entry: Fields | undefined, name: string): number {
  const values = entry?.get(name);
  if (values === undefined) throw new Error(`the entry has no ${name}`);
  return values[0] ?? 0;
}
