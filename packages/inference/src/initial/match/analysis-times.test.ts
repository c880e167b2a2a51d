import { type Dataset, formatInstant } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { coordinate, datasetOf, field, scalar } from "../testing/analysis.ts";
import { analysisTimes } from "./analysis-times.ts";
import { Problems } from "./problems.ts";

async function timesOf(dataset: Dataset, ...dims: string[]) {
  const problems = new Problems();
  const times = await analysisTimes(dims, { dataset, id: "gfs", problems });
  const texts =
    times && Array.from(times.instants, (instant) => formatInstant(times.calendar, instant).slice(0, 13));
  return { times, texts, problems: problems.found };
}

const HOURS = { units: "hours since 2020-01-01" };
const INIT = { ...HOURS, standard_name: "forecast_reference_time" };
const LEAD = { units: "hours", standard_name: "forecast_period", dtype: "timedelta64[ns]" };
const init = coordinate("init_time", Int32Array.of(0, 24), INIT);

describe("analysisTimes", () => {
  it("are those of the dimension of time, in any calendar", async () => {
    const time = coordinate("time", Float64Array.of(58, 59, 59.25), {
      units: "days since 1850-01-01",
      calendar: "360_day",
    });
    const { texts, times } = await timesOf(datasetOf(time), "time");
    expect(texts).toEqual(["1850-02-29T00", "1850-02-30T00", "1850-02-30T06"]);
    expect(times?.units).toBe("days since 1850-01-01");
  });

  it("are exact where they are fractions of days", async () => {
    const values = Float64Array.from({ length: 48 }, (_, at) => 60_000 + at / 24);
    const { times } = await timesOf(
      datasetOf(coordinate("time", values, { units: "days since 1850-01-01" })),
      "time",
    );
    expect(Array.from(times?.instants ?? [], ({ nanoseconds }) => nanoseconds / 3.6e12)).toEqual(
      Array.from(values, (_, at) => at % 24),
    );
  });

  it("are in order, whatever the order of the analysis", async () => {
    const time = coordinate("time", Int32Array.of(12, 0, 6), HOURS);
    const { texts, times } = await timesOf(datasetOf(time), "time");
    expect(texts).toEqual(["2020-01-01T00", "2020-01-01T06", "2020-01-01T12"]);
    expect([...(times?.positions ?? [])]).toEqual([1, 2, 0]);
  });

  it("stand once, and are there", async () => {
    const twice = await timesOf(datasetOf(coordinate("time", Int32Array.of(6, 0, 6), HOURS)), "time");
    expect(twice.problems).toEqual([
      "the analysis has the time 2020-01-01T06:00:00 twice, at positions 0 and 2",
    ]);
    const missing = await timesOf(
      datasetOf(coordinate("time", Float64Array.of(6, Number.NaN), HOURS)),
      "time",
    );
    expect(missing.problems).toEqual(['"time" of the analysis has 1 missing times']);
    const none = await timesOf(datasetOf(field("h", { lat: 2 })));
    expect(none.problems).toEqual([
      'the analysis has no time: expected a dimension with CF units such as "hours since 1970-01-01", there are h',
    ]);
  });

  it("of a single time that was chosen are that time", async () => {
    const { texts, times } = await timesOf(datasetOf(scalar("time", Int32Array.of(6), HOURS)));
    expect(texts).toEqual(["2020-01-01T06"]);
    expect(times?.dim).toBeUndefined();
  });

  it("of forecasts are the initial times, at lead time 0", async () => {
    const lead = coordinate("lead_time", BigInt64Array.of(6n, 0n, 12n), LEAD);
    const { texts, times } = await timesOf(datasetOf(init, lead), "init_time", "lead_time");
    expect(texts).toEqual(["2020-01-01T00", "2020-01-02T00"]);
    expect(times?.dim).toBe("init_time");
    expect([...(times?.fixed ?? [])]).toEqual([["lead_time", 1]]);
  });

  it("of forecasts without lead time 0 are to be chosen", async () => {
    const lead = coordinate("lead_time", Int32Array.of(6, 12), LEAD);
    expect((await timesOf(datasetOf(init, lead), "init_time", "lead_time")).problems).toEqual([
      "the analysis is a forecast without lead time 0: choose one by a view such as gfs@isel(lead_time=0)",
    ]);
  });

  it("of forecasts at one lead time are those that the forecasts are for", async () => {
    const expected = ["2020-01-01T06", "2020-01-02T06"];
    const chosen = await timesOf(datasetOf(init, scalar("lead_time", Int32Array.of(6), LEAD)), "init_time");
    expect(chosen.texts).toEqual(expected);
    const single = coordinate("lead_time", Int32Array.of(6), LEAD);
    const kept = await timesOf(datasetOf(init, single), "init_time", "lead_time");
    expect(kept.texts).toEqual(expected);
    expect([...(kept.times?.fixed ?? [])]).toEqual([["lead_time", 0]]);
  });

  it("of one forecast go along its lead times", async () => {
    const dataset = datasetOf(
      scalar("init_time", Int32Array.of(24), INIT),
      coordinate("lead_time", Int32Array.of(0, 6), LEAD),
    );
    const { texts, times } = await timesOf(dataset, "lead_time");
    expect(texts).toEqual(["2020-01-02T00", "2020-01-02T06"]);
    expect(times?.dim).toBe("lead_time");
  });

  it("of GRIB files are initial times with a step, where a valid time stands beside them", async () => {
    const dataset = datasetOf(
      coordinate("time", Int32Array.of(0, 24), { ...HOURS, standard_name: "time" }),
      scalar("step", Float64Array.of(6), { units: "hours", standard_name: "forecast_period" }),
      field("valid_time", { time: 2 }, { values: Int32Array.of(6, 30), attrs: HOURS }),
    );
    expect((await timesOf(dataset, "time")).texts).toEqual(["2020-01-01T06", "2020-01-02T06"]);
  });

  it("are along one dimension", async () => {
    const time = coordinate("time", Int32Array.of(0), HOURS);
    expect((await timesOf(datasetOf(init, time), "init_time", "time")).problems).toEqual([
      "the analysis has several dimensions of time (init_time, time): choose one by a view such as gfs@isel(time=0)",
    ]);
  });
});
