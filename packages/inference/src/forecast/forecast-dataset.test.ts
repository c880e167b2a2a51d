import { type Dataset, wholeValues } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { initialConditions } from "../initial/index.ts";
import { analysis, testModel } from "../initial/testing/analysis.ts";
import type { FieldRequest, Rollouts } from "../rollouts.ts";
import { forecastDataset } from "./forecast-dataset.ts";

function rolloutsOf(asked: FieldRequest[]): Pick<Rollouts, "field"> {
  return {
    field(request) {
      asked.push(request);
      return Promise.resolve(new Float32Array(100).fill(request.n));
    },
  };
}

async function valuesOf(dataset: Dataset, name: string): Promise<unknown[]> {
  const variable = dataset.variables.get(name);
  if (variable === undefined) throw new Error(`no ${name}`);
  return [...(await wholeValues(variable.source))];
}

describe("forecastDataset", () => {
  it("asks the roll-outs for one field a chunk, and for none before", async () => {
    const asked: FieldRequest[] = [];
    const model = testModel();
    const conditions = await initialConditions(analysis(), model);
    const dataset = forecastDataset({
      id: "f",
      model,
      conditions,
      rollouts: rolloutsOf(asked),
      steps: 4,
      members: 2,
      version: "v",
    });
    expect(await valuesOf(dataset, "init_time")).toEqual([0n, 6n, 12n, 18n]);
    expect(await valuesOf(dataset, "lead_time")).toEqual([0n, 6n, 12n, 18n, 24n]);
    expect((await valuesOf(dataset, "valid_time")).slice(5, 8)).toEqual([6n, 12n, 18n]);
    expect(asked).toEqual([]);
    const h = dataset.variables.get("h");
    expect(h?.dims).toEqual(["init_time", "lead_time", "member", "lat", "lon"]);
    expect(h?.source.grid).toEqual({ shape: [4, 5, 2, 5, 20], chunkShape: [1, 1, 1, 5, 20] });
    const chunk = await h?.source.read([3, 2, 1, 0, 0]);
    expect(chunk?.shape).toEqual([1, 1, 1, 5, 20]);
    expect(asked).toEqual([{ init: 3, n: 2, member: 1, variable: "h" }]);
  });
});
