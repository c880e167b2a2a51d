import type { ChunkSource, Dataset, MemberNoise, Variable } from "@zarr-gateway/dataset";
import { createWorkerPool, GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { ModelPackage } from "../model-package.ts";
import { type ConditionsOptions, initialConditions } from "./dataset-conditions.ts";
import {
  analysis,
  coordinate,
  datasetOf,
  field,
  HEIGHT,
  LATITUDES,
  LONGITUDES,
  testModel,
} from "./testing/analysis.ts";

const TIME = coordinate("time", Int32Array.of(0, 6), { units: "hours since 2020-01-01" });
const GRID = [
  { name: "y", labels: [10, 20] },
  { name: "x", labels: [1, 2, 3] },
];

async function stateOf(
  dataset: Dataset,
  model: ModelPackage,
  { init = 0, ...options }: ConditionsOptions & { readonly init?: number } = {},
) {
  const conditions = await initialConditions(dataset, model, options);
  const { entries } = await conditions.state({ init, member: 0 });
  return Object.fromEntries([...(entries[0] ?? [])].map(([name, values]) => [name, [...values]]));
}

/** What a whole analysis of the small grid has beside its variables. */
function small(...variables: readonly Variable[]): Dataset {
  return datasetOf(
    TIME,
    coordinate("y", Float64Array.of(10, 20)),
    coordinate("x", Float64Array.of(1, 2, 3)),
    coordinate("level", Int32Array.of(50_000, 85_000, 100_000), { units: "Pa", positive: "down" }),
    ...variables,
  );
}

describe("initialConditions", () => {
  it("gives states at all times that have their history, newest entry first", async () => {
    const conditions = await initialConditions(analysis(), testModel({ history: 2 }));
    expect(conditions.times.length).toBe(3);
    const { n, entries } = await conditions.state({ init: 0, member: 0 });
    expect(n).toBe(0);
    expect(entries.length).toBe(2);
    expect(entries[0]?.get("h")?.slice(0, 3)).toEqual(Float32Array.of(100, 101, 102));
    expect(entries[1]?.get("h")?.slice(0, 3)).toEqual(Float32Array.of(0, 1, 2));
  });

  it("tells what a forecast takes over from the analysis", async () => {
    const conditions = await initialConditions(analysis(), testModel());
    expect(conditions).toMatchObject({
      calendar: "standard",
      version: "v1",
      versionCoversChunks: true,
      timeUnits: "hours since 2020-01-01",
      gridAttrs: { lat: { units: "degrees_north" }, lon: { units: "degrees_east" } },
    });
    const { version: _version, ...unversioned } = analysis();
    expect(await initialConditions(unversioned, testModel())).toMatchObject({ versionCoversChunks: false });
  });

  it("turns, rolls and transposes what lies otherwise", async () => {
    const turned = datasetOf(
      coordinate("longitude", Float32Array.of(-120, 0, 120), { units: "degrees_east" }),
      coordinate("time", Int32Array.of(0), { units: "hours since 2020-01-01" }),
      coordinate("latitude", Float32Array.of(-45, 45), { units: "degrees_north" }),
      field("h", { longitude: 3, time: 1, latitude: 2 }),
    );
    const grid = [
      { name: "lat", labels: [45, -45] },
      { name: "lon", labels: [0, 120, 240] },
    ];
    expect(await stateOf(turned, testModel({ grid }))).toEqual({ h: [3, 5, 1, 2, 4, 0] });
  });

  it("takes levels by value, in other units and another order, chunked or not", async () => {
    const variables = [{ ...HEIGHT, levels: "level" }];
    const model = testModel({ grid: GRID, variables, levels: { level: [1000, 500] } });
    const h = field("h", { time: 2, level: 3, y: 2, x: 3 });
    const expected = { h: [30, 31, 32, 33, 34, 35, 18, 19, 20, 21, 22, 23] };
    expect(await stateOf(small(h), model, { init: 1 })).toEqual(expected);
    const chunked = { ...h, source: inChunks(h.source, [1, 1, 1, 2]) };
    expect(await stateOf(small(chunked), model, { init: 1 })).toEqual(expected);
  });

  it("converts units in double precision and rounds once", async () => {
    const packed = field(
      "t",
      { time: 2, y: 2, x: 3 },
      {
        values: Int16Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -99),
        attrs: { units: "degC", scale_factor: 0.1, add_offset: 20, _FillValue: -99n },
      },
    );
    const variables = [{ ...HEIGHT, name: "t", units: "K", nan: "allow" as const }];
    const state = await stateOf(small(packed), testModel({ grid: GRID, variables }), { init: 1 });
    const expected = [6, 7, 8, 9, 10].map((value) => Math.fround(value * 0.1 + 20 + 273.15));
    expect(state).toEqual({ t: [...expected, Number.NaN] });
  });

  it("reads chunks that were never written as the fill value", async () => {
    const h = field("h", { time: 2, y: 2, x: 3 });
    const empty: ChunkSource = { ...h.source, fill: Number.NaN, read: () => Promise.resolve(undefined) };
    const variables = [{ ...HEIGHT, nan: 7 }];
    expect(await stateOf(small({ ...h, source: empty }), testModel({ grid: GRID, variables }))).toEqual({
      h: [7, 7, 7, 7, 7, 7],
    });
  });

  it("refuses, passes or replaces what is missing, as the model says", async () => {
    const values = Float32Array.of(0, Number.NaN, 2, 3, Number.NaN, 5, 6, 7, 8, 9, 10, 11);
    const dataset = small(field("h", { time: 2, y: 2, x: 3 }, { values }));
    const modelOf = (nan: "refuse" | "allow" | number) =>
      testModel({ grid: GRID, variables: [{ ...HEIGHT, nan }] });
    await expect(stateOf(dataset, modelOf("refuse"), { id: "era5" })).rejects.toMatchObject({
      code: "model_output_invalid",
      message:
        '"h" of "era5" has 2 missing values (NaN) at 2020-01-01T00:00:00 out of 6, and the model takes none for "h"',
    });
    expect(await stateOf(dataset, modelOf("refuse"), { init: 1 })).toEqual({ h: [6, 7, 8, 9, 10, 11] });
    expect(await stateOf(dataset, modelOf("allow"))).toEqual({ h: [0, Number.NaN, 2, 3, Number.NaN, 5] });
    expect(await stateOf(dataset, modelOf(-1))).toEqual({ h: [0, -1, 2, 3, -1, 5] });
  });

  it("matches by name, by the name that was said, and by standard name, on levels or not", async () => {
    const named = (name: string, start: number, standard?: string) =>
      field(
        name,
        { time: 2, y: 2, x: 3 },
        {
          values: new Float32Array(12).fill(start),
          attrs: standard === undefined ? {} : { standard_name: standard },
        },
      );
    const onLevels = field(
      "ta",
      { time: 2, level: 3, y: 2, x: 3 },
      { attrs: { standard_name: "air_temperature" } },
    );
    const dataset = small(named("a", 1), named("odd", 2), named("tas", 3, "air_temperature"), onLevels);
    const variables = [
      { ...HEIGHT, name: "a" },
      { ...HEIGHT, name: "b" },
      { ...HEIGHT, name: "t2m", standardName: "air_temperature" },
    ];
    const state = await stateOf(dataset, testModel({ grid: GRID, variables }), { mapping: { b: "odd" } });
    expect(Object.entries(state).map(([name, [first]]) => [name, first])).toEqual([
      ["a", 1],
      ["b", 2],
      ["t2m", 3],
    ]);
  });

  it("gives what has no time to all times", async () => {
    const variables = [HEIGHT, { ...HEIGHT, name: "oro" }];
    const dataset = small(field("h", { time: 2, y: 2, x: 3 }), field("oro", { y: 2, x: 3 }));
    expect((await stateOf(dataset, testModel({ grid: GRID, variables }), { init: 1 }))["oro"]).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  it("takes times that all variables have", async () => {
    const later = coordinate("time_1", Int32Array.of(6, 12), { units: "hours since 2020-01-01" });
    const variables = [HEIGHT, { ...HEIGHT, name: "p" }];
    const dataset = small(field("h", { time: 2, y: 2, x: 3 }), later, field("p", { time_1: 2, y: 2, x: 3 }));
    const conditions = await initialConditions(dataset, testModel({ grid: GRID, variables }));
    expect(conditions.times.length).toBe(1);
    expect(await stateOf(dataset, testModel({ grid: GRID, variables }))).toEqual({
      h: [6, 7, 8, 9, 10, 11],
      p: [0, 1, 2, 3, 4, 5],
    });
  });

  it("tells versions of first states where the analysis's own does not cover its chunks", async () => {
    let rewritten = "";
    const h = field("h", { time: 4, lat: 5, lon: 20 }, { attrs: { units: "m" } });
    const chunked: ChunkSource = {
      ...inChunks(h.source, [1, 5, 20]),
      version: ([time]) =>
        Promise.resolve({ version: `${time}${time === 0 ? rewritten : ""}`, modifiedAt: 7 }),
    };
    const covered = analysis({ ...h, source: chunked });
    expect((await initialConditions(covered, testModel())).stateVersion).toBeUndefined();
    const open = { ...covered, versionCoversChunks: false };
    const versions = async () => {
      const { stateVersion, times } = await initialConditions(open, testModel({ history: 2 }));
      return Promise.all(Array.from(times, async (_, init) => stateVersion?.(init)));
    };
    const before = await versions();
    expect(new Set(before.map((one) => one?.version)).size).toBe(3);
    expect(before[0]?.modifiedAt).toBe(7);
    rewritten = "again";
    const after = await versions();
    expect(after.map((one, init) => one?.version === before[init]?.version)).toEqual([false, true, true]);
    const { version: _version, ...unversioned } = chunked;
    const unknown = {
      ...open,
      variables: new Map([...open.variables, ["h", { ...h, source: unversioned }]]),
    };
    expect((await initialConditions(unknown, testModel())).stateVersion).toBeUndefined();
  });

  it("turns failures of the analysis into upstream errors, never into fill values", async () => {
    const h = field("h", { time: 2, y: 2, x: 3 });
    const failing = (error: Error): Dataset =>
      small({ ...h, source: { ...h.source, read: () => Promise.reject(error) } });
    const model = testModel({ grid: GRID });
    await expect(
      stateOf(failing(new GatewayError("not_found", "object is gone")), model),
    ).rejects.toMatchObject({
      code: "upstream",
      message: 'initial conditions: "h" of "analysis" at 2020-01-01T00:00:00 cannot be read: object is gone',
    });
    await expect(stateOf(failing(new Error("/secret/path")), model)).rejects.toMatchObject({
      code: "upstream",
      message: 'initial conditions: "h" of "analysis" at 2020-01-01T00:00:00 cannot be read',
    });
    await expect(stateOf(failing(new GatewayError("overloaded", "later")), model)).rejects.toMatchObject({
      code: "overloaded",
    });
  });

  it("stops when nobody waits", async () => {
    const conditions = await initialConditions(analysis(), testModel());
    const signal = AbortSignal.abort();
    await expect(conditions.state({ init: 0, member: 0 }, { signal })).rejects.toThrow(/aborted/);
    await expect(conditions.state({ init: 9, member: 0 })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("perturbations", () => {
  const perturbation = { std: { h: 2 }, correlationKm: 3000 };

  it("are added to the newest entry of members from 1 on, the same each time", async () => {
    const model = testModel({ history: 2, perturbation });
    const { state } = await initialConditions(analysis(), model);
    const [control, first, again, second, other] = await Promise.all([
      state({ init: 0, member: 0 }),
      state({ init: 0, member: 1 }),
      state({ init: 0, member: 1 }),
      state({ init: 0, member: 2 }),
      state({ init: 1, member: 1 }),
    ]);
    const noise = (one: typeof control, base: number) =>
      one.entries[0]?.get("h")?.map((value, at) => value - base - at) ?? new Float32Array();
    expect(noise(control, 100)).toEqual(new Float32Array(100));
    expect(again).toEqual(first);
    expect(first.entries[1]).toEqual(control.entries[1]);
    const [a, b, c] = [noise(first, 100), noise(second, 100), noise(other, 200)];
    for (const one of [a, b, c]) {
      const spread = Math.sqrt(one.reduce((sum, value) => sum + value * value, 0) / one.length);
      expect(spread).toBeGreaterThan(0.5);
      expect(spread).toBeLessThan(5);
    }
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("are as large as who asks wants them, correlated or not, and others with another seed", async () => {
    const { state } = await initialConditions(analysis(), testModel({ perturbation }));
    const noise = async (one?: MemberNoise, member = 1) => {
      const { entries } = await state({ init: 0, member, noise: one });
      return Float64Array.from(entries[0]?.get("h") ?? [], (value, at) => value - at);
    };
    const spread = (values: Float64Array) =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const own = await noise();
    expect(await noise({})).toEqual(own);
    expect(await noise({ scale: 0 })).toEqual(new Float64Array(100));
    for (const scale of [0.25, 2, 6])
      expect(spread(await noise({ scale })) / spread(own)).toBeCloseTo(scale, 4);
    const seeded = await noise({ seed: 42 });
    expect(await noise({ seed: 42 })).toEqual(seeded);
    expect(spread(await noise({ seed: 42, scale: 3 })) / spread(seeded)).toBeCloseTo(3, 4);
    for (const other of [own, await noise({ seed: 43 }), await noise({ seed: 42 }, 2)])
      expect(other).not.toEqual(seeded);
    // neighbours have nothing to do with each other, and had much
    const product = (values: Float64Array) =>
      values.reduce((sum, value, at) => sum + value * (values[at + 1] ?? 0), 0) / 99 / spread(values) ** 2;
    expect(product(own)).toBeGreaterThan(0.6);
    expect(Math.abs(product(await noise({ isWhite: true })))).toBeLessThan(0.35);
    expect(await noise({ seed: 42 }, 0)).toEqual(new Float64Array(100));
  });

  it("are the same on threads", async () => {
    const pool = createWorkerPool({ threads: 1, maxQueue: 100 });
    const model = testModel({ perturbation });
    const [here, there] = await Promise.all([
      initialConditions(analysis(), model).then((one) => one.state({ init: 1, member: 3 })),
      initialConditions(analysis(), model, { pool }).then((one) => one.state({ init: 1, member: 3 })),
    ]);
    expect(there).toEqual(here);
    await pool.close();
  });
});

describe("what does not fit", () => {
  async function problemsOf(dataset: Dataset, model: ModelPackage, options: ConditionsOptions = {}) {
    const failure = await initialConditions(dataset, model, { id: "era5", ...options }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "invalid_request" });
    return (failure as GatewayError).details["problems"]; // checked by its code
  }

  it("is told at once", async () => {
    const variables = [
      { ...HEIGHT, units: "K" },
      { ...HEIGHT, name: "tp06", standardName: "precipitation_amount" },
      { ...HEIGHT, name: "q", levels: "level" },
    ];
    const levels = { level: [1000, 50, 20] };
    const dataset = analysis(
      coordinate("level", Int32Array.of(1000, 850), { units: "hPa" }),
      field("q", { time: 4, level: 2, lat: 5, lon: 20 }),
    );
    const model = testModel({ variables, levels, stepMs: 3_600_000, history: 2 });
    await expect(initialConditions(dataset, model, { id: "era5", mapping: { w: "wap" } })).rejects.toThrow(
      `initial conditions from "era5": 
- "variables" names "w", but the model's state has h, tp06, q
- "h": the model holds "K", the analysis "m", which cannot be converted to it
- "tp06": the analysis has no variable of that name and none with standard_name "precipitation_amount"; it has h, q
- "q": levels along "level": 50, 20 hPa are missing; there are 1000, 850
- no time of the analysis has 2 times 1 h apart up to it, which the model starts from; it has 4 from 2020-01-01T00:00:00 to 2020-01-01T18:00:00`,
    );
  });

  it("has several variables of a standard name", async () => {
    const attrs = { standard_name: "air_temperature" };
    const dataset = analysis(field("tas", { time: 4 }, { attrs }), field("tasmax", { time: 4 }, { attrs }));
    const variables = [{ ...HEIGHT, name: "t", standardName: "air_temperature" }];
    expect(await problemsOf(dataset, testModel({ variables }))).toEqual([
      '"t": standard_name "air_temperature" is that of tas, tasmax: say which under "variables", such as { t: tas }',
    ]);
  });

  it("names what is not there, or holds no numbers", async () => {
    expect(await problemsOf(analysis(), testModel(), { mapping: { h: "z" } })).toEqual([
      '"h": the analysis has no variable "z", only h',
    ]);
    const text = { ...field("h", { time: 4, lat: 5, lon: 20 }) };
    const texts = { ...text, source: { ...text.source, dtype: "string" as const } };
    expect(await problemsOf(analysis(texts), testModel())).toEqual([
      '"h": "h" of the analysis holds string, not numbers',
    ]);
    const grouped = { ...datasetOf(), groups: new Map([["forecast", analysis()]]) };
    expect(await problemsOf(grouped, testModel())).toEqual([
      '"h": the analysis has no variable of that name; it has none at its root: one of its groups (forecast) can be made a dataset by "group"',
    ]);
  });

  it("is a grid with other labels", async () => {
    const grid = [
      { name: "lat", labels: [...LATITUDES, -90] },
      { name: "lon", labels: LONGITUDES.map((label) => label + 1) },
    ];
    expect(await problemsOf(analysis(), testModel({ grid }))).toEqual([
      'grid: the model has 6 labels from 60, 30 … to -90 along "lat", the analysis 5 labels from 60, 30 … to -60 along "lat": a view can change that, such as era5@regrid(lat=60:-90:-30,lon=1:343:18)',
      'grid: the model has 20 labels from 1, 19 … to 343 along "lon", the analysis 20 labels from 0, 18 … to 342 along "lon": a view can change that, such as era5@regrid(lat=60:-90:-30,lon=1:343:18)',
    ]);
  });

  it("is a grid with other dimensions, or more of them", async () => {
    expect(await problemsOf(analysis(), testModel({ grid: [{ name: "cell", labels: [0, 1] }] }))).toEqual([
      '"h": "h" has the dimensions (time, lat, lon), none of which is the model\'s "cell"',
    ]);
    const number = coordinate("number", Int32Array.of(0, 1));
    const members = field("h", { number: 2, time: 4, lat: 5, lon: 20 });
    expect(await problemsOf(analysis(number, members), testModel())).toEqual([
      '"h": "h" has a dimension "number" of length 2, which the model has not: choose one place by a view such as era5@isel(number=0)',
    ]);
  });

  it("is a variable without levels, or with levels in other units", async () => {
    const variables = [{ ...HEIGHT, levels: "level" }];
    const model = testModel({ variables, levels: { level: [1000, 850] } });
    expect(await problemsOf(analysis(), model)).toEqual([
      '"h": the model has it on 2 levels, but "h" has no vertical one among its dimensions (time, lat, lon)',
    ]);
    const level = coordinate("level", Int32Array.of(1, 2), { units: "m", positive: "up" });
    const h = field("h", { time: 4, level: 2, lat: 5, lon: 20 });
    expect(await problemsOf(analysis(level, h), model)).toEqual([
      '"h": levels along "level": the model holds "hPa", the analysis "m", which cannot be converted to it',
    ]);
  });

  it("is an analysis without the history that the model needs", async () => {
    expect(await problemsOf(analysis(), testModel({ history: 2, stepMs: 3_600_000 }))).toEqual([
      "no time of the analysis has 2 times 1 h apart up to it, which the model starts from; it has 4 from 2020-01-01T00:00:00 to 2020-01-01T18:00:00",
    ]);
  });

  it("is a length on the sphere for a grid that is none", async () => {
    const perturbation = { std: { h: 1 }, correlationKm: 100 };
    const dataset = small(field("h", { time: 2, y: 2, x: 3 }));
    expect(await problemsOf(dataset, testModel({ grid: GRID, perturbation }))).toEqual([
      "perturbation.correlation is a length on the sphere: expected a grid of lat and lon, it has y, x",
    ]);
  });
});

/** The same values in other chunks. */
function inChunks({ read, grid, ...rest }: ChunkSource, chunkShape: readonly number[]): ChunkSource {
  const { shape } = grid;
  return {
    ...rest,
    grid: { shape, chunkShape },
    async read(index) {
      const whole = await read(shape.map(() => 0));
      const values = whole?.values ?? [];
      const start = index.map((place, axis) => place * (chunkShape[axis] ?? 1));
      const own = shape.map((length, axis) => Math.min(chunkShape[axis] ?? 1, length - (start[axis] ?? 0)));
      const picked: number[] = [];
      const walk = (axis: number, at: number): void => {
        if (axis === shape.length) {
          picked.push(Number(values[at]));
          return;
        }
        for (let place = 0; place < (own[axis] ?? 0); place += 1)
          walk(axis + 1, at * (shape[axis] ?? 1) + (start[axis] ?? 0) + place);
      };
      walk(0, 0);
      return { shape: own, values: Float32Array.from(picked) };
    },
  };
}
