import { chunkCounts, type Dataset, elementCount, type Variable, wholeValues } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { initialConditions } from "../initial/index.ts";
import { analysis, HEIGHT, LATITUDES, LONGITUDES, testModel } from "../initial/testing/analysis.ts";
import { Instants } from "../instants.ts";
import type { FieldRequest } from "../rollouts.ts";
import { type ForecastOptions, forecastDataset } from "./forecast-dataset.ts";
import { forecastVersion, provenance } from "./provenance.ts";

const LEVELS = { level: [1000, 850, 500], level_1: [0.5] };
const MODEL = testModel({
  variables: [
    { ...HEIGHT, attrs: { units: "m", long_name: "height" } },
    { ...HEIGHT, name: "t", levels: "level" },
    { ...HEIGHT, name: "q", levels: "level_1" },
    { ...HEIGHT, name: "rain", role: "diagnostic" },
  ],
  levels: LEVELS,
});
const CONDITIONS = {
  calendar: "standard" as const,
  times: Instants.of([0, 6, 12, 18].map((hour) => ({ day: 18_262, nanoseconds: hour * 3.6e12 }))),
  timeUnits: "hours since 2020-01-01",
};

/** A forecast whose fields hold n, and what was asked of its roll-outs. */
function forecast(changes: Partial<ForecastOptions> = {}): { dataset: Dataset; asked: FieldRequest[] } {
  const asked: FieldRequest[] = [];
  const rollouts: ForecastOptions["rollouts"] = {
    field(request) {
      asked.push(request);
      const levels = { t: 3, h: 1, q: 1, rain: 1 }[request.variable] ?? 0;
      return Promise.resolve(new Float32Array(100 * levels).fill(request.n));
    },
  };
  const options = {
    id: "f",
    model: MODEL,
    conditions: CONDITIONS,
    rollouts,
    steps: 4,
    version: "v",
    ...changes,
  };
  return { dataset: forecastDataset(options), asked };
}

function variableOf(dataset: Dataset, name: string): Variable {
  const variable = dataset.variables.get(name);
  if (variable === undefined) throw new Error(`no ${name}`);
  return variable;
}

async function valuesOf(dataset: Dataset, name: string): Promise<unknown[]> {
  return [...(await wholeValues(variableOf(dataset, name).source))];
}

describe("forecastDataset", () => {
  it("has the dimensions and chunks of one field an init, lead and member", async () => {
    const { dataset } = forecast({ members: 2 });
    expect([...dataset.variables.keys()]).toEqual([
      "init_time",
      "lead_time",
      "valid_time",
      "member",
      "level",
      "level_1",
      "lat",
      "lon",
      "h",
      "t",
      "q",
      "rain",
    ]);
    const t = variableOf(dataset, "t");
    expect(t.dims).toEqual(["init_time", "lead_time", "member", "level", "lat", "lon"]);
    expect(t.source.grid).toEqual({ shape: [4, 5, 2, 3, 5, 20], chunkShape: [1, 1, 1, 3, 5, 20] });
    expect(variableOf(forecast().dataset, "q").dims).toEqual([
      "init_time",
      "lead_time",
      "level_1",
      "lat",
      "lon",
    ]);
    expect(variableOf(dataset, "h")).toMatchObject({
      attrs: { units: "m", long_name: "height", coordinates: "valid_time", _FillValue: Number.NaN },
      source: { dtype: "float32", fill: Number.NaN },
    });
  });

  it("asks the roll-outs for one field a chunk, and for nothing before", async () => {
    const { dataset, asked } = forecast({ members: 2 });
    const init = await valuesOf(dataset, "init_time");
    expect(init).toEqual([0n, 6n, 12n, 18n]);
    expect(await valuesOf(dataset, "lead_time")).toEqual([0n, 6n, 12n, 18n, 24n]);
    expect(await valuesOf(dataset, "valid_time")).toEqual(
      init.flatMap((start) => [0n, 6n, 12n, 18n, 24n].map((lead) => (start as bigint) + lead)),
    );
    expect(await valuesOf(dataset, "member")).toEqual([0n, 1n]);
    expect(await valuesOf(dataset, "level")).toEqual([1000n, 850n, 500n]);
    expect(await valuesOf(dataset, "level_1")).toEqual([0.5]);
    expect(await valuesOf(dataset, "lat")).toEqual(LATITUDES);
    expect(await valuesOf(dataset, "lon")).toEqual(LONGITUDES);
    expect(asked).toEqual([]);
    const chunk = await variableOf(dataset, "t").source.read([3, 2, 1, 0, 0, 0]);
    expect(chunk?.shape).toEqual([1, 1, 1, 3, 5, 20]);
    expect(asked).toEqual([{ init: 3, n: 2, member: 1, variable: "t" }]);
    expect(await variableOf(dataset, "t").source.read([4, 0, 0, 0, 0, 0])).toBeUndefined();
    expect(asked.length).toBe(1);
  });

  it("says what its coordinates are", () => {
    const gridAttrs = { lat: { units: "degrees_north", long_name: "latitude of the cell" } };
    const { dataset } = forecast({ conditions: { ...CONDITIONS, gridAttrs } });
    const attrs = (name: string) => variableOf(dataset, name).attrs;
    expect(attrs("init_time")).toMatchObject({
      standard_name: "forecast_reference_time",
      units: "hours since 2020-01-01",
      calendar: "standard",
    });
    expect(attrs("lead_time")).toMatchObject({
      standard_name: "forecast_period",
      units: "hours",
      dtype: "timedelta64[ns]",
    });
    expect(attrs("valid_time")).toMatchObject({ standard_name: "time", units: "hours since 2020-01-01" });
    expect(attrs("level_1")).toEqual({
      standard_name: "air_pressure",
      units: "hPa",
      positive: "down",
      axis: "Z",
      _FillValue: Number.NaN,
    });
    expect(attrs("lat")).toEqual({
      standard_name: "latitude",
      long_name: "latitude of the cell",
      units: "degrees_north",
      axis: "Y",
      _FillValue: Number.NaN,
    });
  });

  it("reads as missing where no network makes a variable, and runs nothing for it", async () => {
    const { dataset, asked } = forecast();
    expect(await variableOf(dataset, "rain").source.read([0, 0, 0, 0])).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("is published in other chunks where the configuration wants them", async () => {
    const { dataset, asked } = forecast({ chunks: { lead_time: 3, level: 1 } });
    const { source } = variableOf(dataset, "t");
    expect(source.grid.chunkShape).toEqual([1, 3, 1, 5, 20]);
    const chunk = await source.read([1, 1, 2, 0, 0]);
    expect(chunk?.shape).toEqual([1, 2, 1, 5, 20]);
    expect([chunk?.values[0], chunk?.values[100]]).toEqual([3, 4]);
    expect(asked.map(({ n }) => n)).toEqual([3, 4]);
    expect(() => forecast({ chunks: { height: 3 } })).toThrow('there is no dimension "height"');
  });

  it("refuses variables that are called as its coordinates are", () => {
    const model = testModel({ variables: [{ ...HEIGHT, name: "valid_time" }] });
    expect(() => forecast({ model })).toThrow(GatewayError);
    expect(() => forecast({ model })).toThrow(
      'forecast "f": its model has a variable "valid_time", but forecasts have a coordinate of that name',
    );
  });

  it("lays attributes over the model's", () => {
    const { dataset } = forecast({ attrs: { title: "my", Conventions: null, institution: "me" } });
    expect(dataset.attrs).toEqual({ title: "my", institution: "me" });
    expect(forecast().dataset.attrs).toEqual({ Conventions: "CF-1.11", title: "test" });
  });

  it("promises no more than its analysis does", () => {
    expect(forecast().dataset).toMatchObject({ version: "v", versionCoversChunks: true });
    const conditions = { ...CONDITIONS, versionCoversChunks: false };
    expect(forecast({ conditions }).dataset).toMatchObject({ versionCoversChunks: false });
  });

  it("asks for fields of the first state that there is now, where the analysis's version does not tell", async () => {
    let state: string | undefined = "a";
    const conditions = {
      ...CONDITIONS,
      versionCoversChunks: false,
      stateVersion: () =>
        Promise.resolve(state === undefined ? undefined : { version: state, modifiedAt: 7 }),
    };
    const { dataset, asked } = forecast({ conditions });
    const { source } = variableOf(dataset, "h");
    expect(await source.version?.([2, 1, 0, 0])).toEqual({ version: "v-a", modifiedAt: 7 });
    await source.read([2, 1, 0, 0]);
    state = undefined;
    await source.read([2, 1, 0, 0]);
    expect(asked.map((request) => request.state)).toEqual(["a", undefined]);
    expect(await source.version?.([2, 1, 0, 0])).toBeUndefined();
    expect(variableOf(forecast().dataset, "h").source.version).toBeUndefined();
  });

  it("costs nothing for ten million chunks", async () => {
    const times = Instants.of(
      Array.from({ length: 100_000 }, (_, at) => ({
        day: 18_262 + Math.floor(at / 4),
        nanoseconds: (at % 4) * 21_600e9,
      })),
    );
    const started = process.cpuUsage();
    const { dataset, asked } = forecast({ conditions: { ...CONDITIONS, times }, steps: 100, members: 1 });
    const { user, system } = process.cpuUsage(started);
    expect(elementCount(chunkCounts(variableOf(dataset, "t").source.grid))).toBe(10_100_000);
    expect((user + system) / 1000).toBeLessThan(50);
    expect(variableOf(dataset, "valid_time").source.grid.chunkShape).toEqual([648, 101]);
    const last = await variableOf(dataset, "valid_time").source.read([154, 0]);
    expect(last?.values.at(-1)).toBe(BigInt(99_999 * 6 + 600));
    expect(asked).toEqual([]);
  });

  it("follows the times of an analysis", async () => {
    const model = testModel({ history: 2 });
    const conditions = await initialConditions(analysis(), model);
    const { dataset } = forecast({ model, conditions });
    expect(await valuesOf(dataset, "init_time")).toEqual([6n, 12n, 18n]);
  });
});

describe("forecastVersion", () => {
  it("changes with model, analysis and configuration", () => {
    const parts = { model: { version: "m" }, conditions: { version: "a" }, configuration: "c" };
    const versions = [
      parts,
      { ...parts, model: { version: "n" } },
      { ...parts, conditions: { version: "b" } },
      { ...parts, configuration: "d" },
    ].map(forecastVersion);
    expect(new Set(versions).size).toBe(4);
    expect(forecastVersion(parts)).toBe(versions[0]);
  });
});

describe("provenance", () => {
  it("names model, runtime, gateway and analysis", () => {
    const origin = { model: MODEL, providers: ["cuda", "cpu"], gatewayVersion: "1.2.3", analysis: "era5" };
    expect(provenance(origin)).toEqual({
      source: "numerical or learned model, run by zarr-gateway 1.2.3",
      initial_conditions: "era5",
      model_version: "0123abcd",
      model_runtime: "onnx",
      model_providers: "cuda cpu",
    });
  });
});
