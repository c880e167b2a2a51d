import type { Dataset } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { madeForecast } from "../testing/made-forecast.ts";
import { forecastDefaults } from "./forecast-defaults.ts";

const asked: string[] = [];
const datasets = {
  open(id: string): Promise<Dataset> {
    asked.push(id);
    return Promise.resolve(madeForecast());
  },
};

describe("defaults of a forecast", () => {
  it("are its latest start where it lacks upstream's, without a zone as upstream writes it", async () => {
    const properties = { start_time: { default: ["2020-01-01T00:00:00"] }, num_steps: { default: 2 } };
    const found = await forecastDefaults({ properties, config: { forecast: "one" }, given: {} }, datasets);
    expect(found).toEqual({ start_time: ["2024-01-02T00:00:00"] });
  });
  it("are those of the forecast that the given model stands for", async () => {
    const properties = { nsteps: { default: 6 }, model_type: { default: "fcn" } };
    const config = { forecast: { fcn: "first", dlwp: "second" } };
    await forecastDefaults({ properties, config, given: { model_type: "dlwp" } }, datasets);
    await forecastDefaults({ properties, config, given: {} }, datasets);
    expect(asked.slice(-2)).toEqual(["second", "first"]);
  });
});
