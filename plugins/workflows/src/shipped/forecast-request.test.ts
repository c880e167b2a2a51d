import type { ModelInterface, NetworkInterface } from "@zarr-gateway/dataset";
import type { Workflow, WorkflowDatasets } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { shippedWorkflow } from "../catalog/shipped-workflow.ts";
import { coercedParameters } from "../parameters/coerced-parameters.ts";
import { madeForecast } from "../testing/made-forecast.ts";
import { findForecast } from "./forecast-request.ts";
import { SHIPPED } from "./index.ts";

function network(key: string, inputs: readonly string[], outputs: readonly string[]): NetworkInterface {
  const tensor = (variables: readonly string[]) => ({
    ...{ name: "x", dims: ["channel"], shape: [variables.length], dtype: "float32", variables },
  });
  return { key, inputs: [tensor(inputs)], outputs: [tensor(outputs)] };
}

function modelOf(...networks: readonly NetworkInterface[]): ModelInterface {
  return { title: "Made", version: "v", runtime: "onnx", isRandom: false, networks };
}

const STEP = network("networks[0]", ["t2m"], ["t2m"]);
const PLAIN = modelOf(network("networks[0]", ["t2m", "tp"], ["t2m", "tp"]));
const DIAGNOSING = modelOf(STEP, network("diagnostics[0]", ["t2m"], ["tp"]));

function checkOf(name: string, model: ModelInterface | undefined) {
  const workflow = SHIPPED.find((one) => one.name === name) as Workflow; // named by the tests
  const known = shippedWorkflow(workflow, {
    catalogs: {
      datasets: {
        lease: () => Promise.resolve({ dataset: madeForecast(), release: () => undefined }),
      },
      models: { of: (id) => (id === "made" ? model : undefined) },
    },
    configs: {},
    forecasts: ["made"],
    timeoutMs: 1000,
  });
  const times = ["2024-01-01T00:00:00"];
  return (more: object) =>
    known.check(coercedParameters(known.schema, { forecast_times: times, nsteps: 1, ...more }), {});
}

describe("a request for a forecast", () => {
  it("of diagnostics is refused where its model makes none, with what it has", async () => {
    await expect(checkOf("diagnostic_workflow", PLAIN)({})).rejects.toMatchObject({
      code: "invalid_request",
      message:
        "diagnostic_model_type: 'precipitation_afno' cannot be run: the forecast \"made\" has no diagnostic variables, it has t2m, tp",
      details: { problems: [{ path: "diagnostic_model_type" }] },
    });
    await checkOf("diagnostic_workflow", DIAGNOSING)({});
    await checkOf("deterministic_workflow", PLAIN)({});
  });

  it("of diagnostics is met by what the network of the state makes beside it, and by archives", async () => {
    await checkOf("diagnostic_workflow", modelOf(network("networks[0]", ["t2m"], ["t2m", "tp"])))({});
    await checkOf("diagnostic_workflow", undefined)({});
  });

  it("knows what of it is diagnosed, but only where that was asked for", async () => {
    const datasets: WorkflowDatasets = {
      open: () => Promise.resolve(madeForecast()),
      picture: () => Promise.reject(new Error("not asked")),
      model: () => Promise.resolve(DIAGNOSING),
    };
    const request = {
      forecast: "made",
      times: { parameter: "forecast_times", values: [new Date("2024-01-02T00:00:00Z")] },
      steps: { parameter: "nsteps", value: 3 },
    };
    const diagnostics = { parameter: "diagnostic_model_type", value: "any" };
    const found = await findForecast({ ...request, diagnostics }, datasets);
    expect([found.diagnosed, found.starts]).toEqual([["tp"], [1]]);
    expect((await findForecast(request, datasets)).diagnosed).toEqual([]);
  });

  it.each([
    ["u", 'the forecast "made" has no variable "u": it has t2m, tp'],
    ["lat", 'the forecast "made" has no variable "lat": it has t2m, tp'],
    ["orography", 'the forecast "made" has no variable "orography": it has t2m, tp'],
    ["t2m", "[1] = 't2m' stands twice"],
  ])("of variables is refused before a job is made where %s is none, or one twice", async (name, message) => {
    const check = checkOf("ensemble_workflow", PLAIN);
    await check({ nensemble: 1, output_variables: ["t2m"] });
    await expect(check({ nensemble: 1, output_variables: ["t2m", name] })).rejects.toMatchObject({
      code: "invalid_request",
      message: `output_variables: ${message}`,
    });
  });
});
