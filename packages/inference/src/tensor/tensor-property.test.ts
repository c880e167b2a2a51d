import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Channel, ModelPackage, TensorPlan } from "../model-package.ts";
import type { Fields } from "../model-session.ts";
import { networkPlan, stateVariable, tensorPlan, tinyPackage } from "../session/testing/tiny-package.ts";
import { inputTensor } from "./input-tensor.ts";
import { outputTensor } from "./output-tensor.ts";

/** A tensor of any layout, and the model that it is of. */
interface Case {
  readonly model: ModelPackage;
  readonly plan: TensorPlan;
  readonly rows: number;
}

const LEVELS = 2;
const HISTORY = 3;

const channelArbitrary = fc.oneof(
  fc.constant<Channel>({ kind: "field", variable: "t" }),
  fc.integer({ min: 0, max: LEVELS - 1 }).map((level): Channel => ({ kind: "field", variable: "z", level })),
  fc.integer({ min: -3, max: 3 }).map((values): Channel => ({ kind: "static", values })),
  fc.constant<Channel>({ kind: "static", values: new Float32Array(0) }), // of the grid, filled in below
);

const caseArbitrary: fc.Arbitrary<Case> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    rows: fc.integer({ min: 1, max: 3 }),
    times: fc.uniqueArray(fc.integer({ min: 1 - HISTORY, max: 0 }), { minLength: 1, maxLength: HISTORY }),
    variables: fc.integer({ min: 1, max: 3 }),
    levelCount: fc.integer({ min: 1, max: 3 }),
    isSplit: fc.boolean(),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    joins: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    hasScale: fc.constantFrom("none", "one", "each"),
    clip: fc.constantFrom(undefined, [-1, 2] as const),
    nan: fc.constantFrom("allow" as const, 7),
  })
  .chain((drawn) =>
    fc
      .array(channelArbitrary, {
        minLength: drawn.variables * drawn.levelCount,
        maxLength: drawn.variables * drawn.levelCount,
      })
      .map((channels) => caseOf(drawn, channels)),
  );

interface Drawn {
  readonly sizes: readonly number[];
  readonly rows: number;
  readonly times: readonly number[];
  readonly levelCount: number;
  readonly isSplit: boolean;
  readonly order: readonly number[];
  readonly joins: readonly boolean[];
  readonly hasScale: string;
  readonly clip: readonly [number, number] | undefined;
  readonly nan: "allow" | number;
}

function caseOf(drawn: Drawn, drawnChannels: readonly Channel[]): Case {
  const grid = drawn.sizes.map((size, axis) => ({
    name: `g${axis}`,
    labels: Array.from({ length: size }, (_, i) => i),
  }));
  const cells = drawn.sizes.reduce((product, size) => product * size, 1);
  const channels = drawnChannels.map((channel, number): Channel => {
    if (channel.kind !== "static" || typeof channel.values === "number") return channel;
    return { kind: "static", values: Float32Array.from({ length: cells }, (_, cell) => number - cell / 3) };
  });
  const names = [
    "batch",
    "time",
    ...(drawn.isSplit ? ["variable", "level"] : ["channel"]),
    ...grid.map((axis) => axis.name),
  ];
  const sorted = names
    .map((name, at) => ({ name, rank: drawn.order[at] ?? 0 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
  const layout: string[][] = [];
  sorted.forEach((name, at) => {
    if (at > 0 && drawn.joins[at]) layout.at(-1)!.push(name);
    else layout.push([name]);
  });
  const scales = { none: 0, one: 1, each: channels.length }[drawn.hasScale] ?? 0;
  const properties = { nan: drawn.nan, ...(drawn.clip && { clip: drawn.clip }) };
  return {
    rows: drawn.rows,
    model: tinyPackage({
      grid,
      history: HISTORY,
      variables: [stateVariable("t", properties), stateVariable("z", { ...properties, levels: "level" })],
    }),
    plan: tensorPlan({
      name: "x",
      layout,
      channels,
      levelCount: drawn.isSplit ? drawn.levelCount : 1,
      times: drawn.times,
      ...(scales > 0 && {
        normalize: {
          mean: Array.from({ length: scales }, (_, i) => i - 1.5),
          std: Array.from({ length: scales }, (_, i) => 2 ** (i % 3)),
        },
      }),
    }),
  };
}

/** What lies at each element of a tensor: by taking its position apart, axis by axis. */
function places({ model, plan, rows }: Case): Place[] {
  const length = (axis: string): number => {
    if (axis === "batch") return rows;
    if (axis === "time") return plan.times.length;
    if (axis === "channel") return plan.channels.length;
    if (axis === "variable") return plan.channels.length / plan.levelCount;
    return axis === "level" ? plan.levelCount : model.grid.find(({ name }) => name === axis)!.labels.length;
  };
  const axes = plan.layout.flat();
  const total = axes.reduce((product, axis) => product * length(axis), 1);
  return Array.from({ length: total }, (_, element) => {
    let rest = element;
    const at: Record<string, number> = {};
    for (const axis of axes.toReversed()) {
      at[axis] = rest % length(axis);
      rest = Math.floor(rest / length(axis));
    }
    return {
      row: at["batch"] ?? 0,
      time: plan.times[at["time"] ?? 0]!,
      channel: at["channel"] ?? (at["variable"] ?? 0) * plan.levelCount + (at["level"] ?? 0),
      cell: model.grid.reduce((cell, { name, labels }) => cell * labels.length + (at[name] ?? 0), 0),
    };
  });
}

interface Place {
  readonly row: number;
  readonly time: number;
  readonly channel: number;
  readonly cell: number;
}

function scaled({ plan }: Case, channel: number): { mean: number; std: number } {
  const pick = (list: readonly number[] | undefined, none: number): number =>
    list === undefined ? none : (list[channel % list.length] ?? none);
  return { mean: pick(plan.normalize?.mean, 0), std: pick(plan.normalize?.std, 1) };
}

/** Of one row: a different number in every place, and NaN in some. */
function someEntries(model: ModelPackage, row: number): Fields[] {
  const cells = model.grid.reduce((product, { labels }) => product * labels.length, 1);
  const values = (length: number, start: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => ((start + i) % 7 === 0 ? NaN : Math.fround(start / 3 - i)));
  return Array.from({ length: HISTORY }, (_, back) => {
    const start = 100 * row + 10 * back;
    return new Map([
      ["t", values(cells, start)],
      ["z", values(LEVELS * cells, start + 5)],
    ]);
  });
}

describe("tensors of any layout", () => {
  it("hold what their axes say, element by element", () => {
    fc.assert(
      fc.property(caseArbitrary, (drawn) => {
        const { model, plan, rows } = drawn;
        const network = networkPlan({ inputs: [plan], outputs: [] });
        const input = inputTensor(model, network, plan);
        const entries = Array.from({ length: rows }, (_, row) => someEntries(model, row));
        const run = { calendar: "standard", initialTime: { day: 0, nanoseconds: 0 }, member: 0 } as const;
        const values = new Float32Array(input.geometry(rows).length).fill(99);
        input.fill(
          values,
          entries.map((of) => ({ run, n: 1, start: 0, entries: of })),
        );
        const cells = model.grid.reduce((product, { labels }) => product * labels.length, 1);
        const expected = places(drawn).map((place) => {
          const channel = plan.channels[place.channel]!;
          const { mean, std } = scaled(drawn, place.channel);
          let value = NaN;
          if (channel.kind === "static")
            value = typeof channel.values === "number" ? channel.values : channel.values[place.cell]!;
          if (channel.kind === "field") {
            const of = model.variables.find(({ name }) => name === channel.variable)!;
            value = entries[place.row]![-place.time]!.get(of.name)![
              (channel.level ?? 0) * cells + place.cell
            ]!;
            if (Number.isNaN(value) && typeof of.nan === "number") value = of.nan;
            if (of.clip) value = Math.min(Math.max(value, of.clip[0]), of.clip[1]);
          }
          return Math.fround((value - mean) / std);
        });
        expect([...values]).toEqual(expected);
        expect(input.geometry(rows).shape.reduce((product, size) => product * size, 1)).toBe(values.length);
      }),
      { numRuns: 500 },
    );
  });

  it("are taken apart as they are put together", () => {
    fc.assert(
      fc.property(caseArbitrary, fc.boolean(), (drawn, residual) => {
        const { model, rows } = drawn;
        const times = drawn.plan.times.map((time) => time + 1);
        const plan = { ...drawn.plan, times, feed: times, residual };
        const network = networkPlan({ inputs: [], outputs: [plan] });
        const output = outputTensor(model, network, plan);
        const { shape, length } = output.geometry(rows);
        const values = Float32Array.from({ length }, (_, i) => (i % 11) - i / 7);
        const before = Array.from({ length: rows }, (_, row) => someEntries(model, row)[0]!);
        const written = new Map<string, Float32Array>();
        const cells = model.grid.reduce((product, { labels }) => product * labels.length, 1);
        output.take(
          { shape, values },
          before.map((fields, row) => ({
            before: fields,
            target(variable, time) {
              const key = `${row} ${time} ${variable}`;
              const array = written.get(key) ?? new Float32Array(LEVELS * cells).fill(-5);
              written.set(key, array);
              return array;
            },
          })),
        );
        const last = new Map<string, number>();
        places({ ...drawn, plan }).forEach((place, element) => {
          const channel = plan.channels[place.channel]!;
          if (channel.kind !== "field") return;
          const cell = (channel.level ?? 0) * cells + place.cell;
          const { mean, std } = scaled(drawn, place.channel);
          let value = values[element]! * std + mean;
          const of = model.variables.find(({ name }) => name === channel.variable)!;
          const base = before[place.row]!.get(channel.variable)![cell]!;
          if (residual) value += Number.isNaN(base) && typeof of.nan === "number" ? of.nan : base;
          const key = `${place.row} ${place.time} ${channel.variable}`;
          const writer = plan.channels.findLastIndex(
            (one) => one.kind === "field" && one.variable === channel.variable && one.level === channel.level,
          );
          // a variable that stands there twice is written by the last
          if (writer === place.channel) last.set(`${key} ${cell}`, Math.fround(value));
        });
        const came = [...last.keys()].map((key) => {
          const [row, time, variable, cell] = key.split(" ");
          return written.get(`${row} ${time} ${variable}`)![Number(cell)];
        });
        expect(came).toEqual([...last.values()]);
      }),
      { numRuns: 500 },
    );
  });
});
