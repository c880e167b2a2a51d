import { describe, expect, it } from "vitest";
import type { Attributes } from "../attributes.ts";
import type { DataType } from "../data-type.ts";
import type { Dataset, Variable } from "../dataset.ts";
import { describeDataset } from "./describe-dataset.ts";

function coordinate(name: string, values: readonly number[], attrs: Attributes, dims = [name]): Variable {
  const shape = dims.length === 0 ? [] : [values.length];
  const chunk = { shape, values: Float64Array.from(values) };
  return {
    name,
    dims,
    attrs,
    source: { dtype: "float64", grid: { shape, chunkShape: shape }, fill: null, read: async () => chunk },
  };
}

/** Of which nothing may be read. */
function unread(name: string, dims: readonly string[], attrs: Attributes = {}, size = 5): Variable {
  const shape = dims.map(() => size);
  const read = async (): Promise<never> => {
    throw new Error(`${name} was read`);
  };
  const dtype: DataType = "float32";
  return { name, dims, attrs, source: { dtype, grid: { shape, chunkShape: shape }, fill: null, read } };
}

function describeTimeOf(...variables: Variable[]) {
  const dataset: Dataset = {
    attrs: { coordinates: "valid_time init_time lead_time" },
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(),
  };
  return describeDataset(dataset).then(({ time, notes }) => {
    expect(notes).toEqual([]);
    return time;
  });
}

const START = { standard_name: "forecast_reference_time", units: "hours since 2000-01-01", axis: "T" };
const LEAD = { standard_name: "forecast_period", units: "hours" };
const VALID = { standard_name: "time", units: "hours since 2000-01-01" };
const init = coordinate("init_time", [0, 24, 48], START);
const lead = coordinate("lead_time", [0, 6, 12, 18, 24], LEAD);

describe("the time of a forecast", () => {
  it("reaches from the first lead of the first start to the last of the last, and reads no valid time", async () => {
    const valid = unread("valid_time", ["init_time", "lead_time"], VALID);
    const field = unread("u", ["init_time", "lead_time", "lat"], { coordinates: "valid_time" });
    const time = await describeTimeOf(init, lead, valid, field);
    expect(time).toEqual({
      start: "2000-01-01T00:00:00Z",
      end: "2000-01-04T00:00:00Z",
      calendar: "standard",
      step: "PT6H",
      isApproximate: false,
      variable: "init_time",
      forecast: {
        reference: {
          variable: "init_time",
          first: "2000-01-01T00:00:00Z",
          last: "2000-01-03T00:00:00Z",
          count: 3,
          step: "P1D",
        },
        lead: { variable: "lead_time", first: "PT0S", last: "P1D", span: "P1D", step: "PT6H" },
      },
    });
  });

  it("begins where the first lead lies, and knows lead times that only their names and units tell", async () => {
    const time = coordinate("time", [0, 24], { units: "hours since 2000-01-01" });
    const delta = coordinate("prediction_timedelta", [10, 1, 5], { units: "days" });
    const field = unread("t", ["time", "prediction_timedelta"]);
    expect(await describeTimeOf(time, delta, field)).toMatchObject({
      start: "2000-01-02T00:00:00Z",
      end: "2000-01-12T00:00:00Z",
      forecast: { lead: { first: "P1D", last: "P10D", span: "P9D" } },
    });
  });

  it("is that of the valid times where a place along a dimension was taken", async () => {
    const start = coordinate("init_time", [24], START, []);
    const valid = coordinate("valid_time", [24, 30, 36, 42, 48], VALID, ["lead_time"]);
    expect(await describeTimeOf(start, lead, valid)).toMatchObject({
      start: "2000-01-02T00:00:00Z",
      end: "2000-01-03T00:00:00Z",
      step: "PT6H",
      variable: "valid_time",
      forecast: { reference: { count: 1, first: "2000-01-02T00:00:00Z" }, lead: { last: "P1D" } },
    });
    const at = coordinate("lead_time", [12], LEAD, []);
    const later = coordinate("valid_time", [12, 36, 60], VALID, ["init_time"]);
    expect(await describeTimeOf(init, at, later)).toMatchObject({
      start: "2000-01-01T12:00:00Z",
      end: "2000-01-03T12:00:00Z",
      forecast: { lead: { first: "PT12H", last: "PT12H" } },
    });
    const one = coordinate("valid_time", [36], VALID, []);
    expect(await describeTimeOf(start, at, one)).toMatchObject({
      start: "2000-01-02T12:00:00Z",
      end: "2000-01-02T12:00:00Z",
    });
  });

  it("counts the leads of a start that is a single one, without valid times", async () => {
    const start = coordinate("init_time", [24], START, []);
    expect(await describeTimeOf(start, lead, unread("u", ["lead_time"]))).toMatchObject({
      start: "2000-01-02T00:00:00Z",
      end: "2000-01-03T00:00:00Z",
    });
  });

  it("is no other than the time where that is the one that values are for", async () => {
    const time = coordinate("time", [0, 24], { ...VALID, axis: "T" });
    const found = await describeTimeOf(time, lead, unread("u", ["time", "lead_time"]));
    expect(found).toMatchObject({ start: "2000-01-01T00:00:00Z", end: "2000-01-02T00:00:00Z" });
    expect(found).not.toHaveProperty("forecast");
    const apart = coordinate("time", [0, 24], { units: "hours since 2000-01-01" });
    const step = coordinate("step", [0, 24], { units: "hours" });
    const fields = [unread("u", ["time"]), unread("v", ["step"])];
    expect(await describeTimeOf(apart, step, ...fields)).toMatchObject({ end: "2000-01-02T00:00:00Z" });
  });

  it("keeps calendars: thirty days after 1 February of 360 days is 1 March", async () => {
    const start = coordinate("init_time", [30], {
      ...START,
      units: "days since 2000-01-01",
      calendar: "360_day",
    });
    const month = coordinate("lead_time", [0, 1], { ...LEAD, units: "months" });
    expect(await describeTimeOf(start, month, unread("u", ["init_time", "lead_time"]))).toMatchObject({
      start: "2000-02-01T00:00:00Z",
      end: "2000-03-01T00:00:00Z",
    });
  });
});
