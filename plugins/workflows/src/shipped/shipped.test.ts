import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { type MemberNoise, wholeValues } from "@zarr-gateway/dataset";
import type { DatasetLease, Workflow } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { openZarr } from "@zarr-gateway/sources";
import { fileStore } from "@zarr-gateway/stores";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shippedWorkflow } from "../catalog/shipped-workflow.ts";
import { parsedConfig, parsedParameters } from "../child/load-workflow.ts";
import { type Catalogs, CheckedDatasets } from "../execution/leased-datasets.ts";
import { coercedParameters } from "../parameters/coerced-parameters.ts";
import { resultWriter } from "../result/result-writer.ts";
import { madeForecast, madeValue } from "../testing/made-forecast.ts";
import { SHIPPED } from "./index.ts";

const reads: string[] = [];
const noises: (MemberNoise | undefined)[] = [];
const leaseOf = (id: string): Promise<DatasetLease> =>
  id === "made"
    ? Promise.resolve({ dataset: madeForecast(reads), release: () => undefined })
    : Promise.reject(new GatewayError("not_found", `no "${id}"`));
const catalogs: Catalogs = {
  datasets: { lease: leaseOf },
  forecasts: {
    lease(id, noise) {
      noises.push(noise);
      const { scale = 1 } = noise;
      if (scale > 5) throw new GatewayError("invalid_request", "too much noise", { noise: "scale" });
      return leaseOf(id);
    },
  },
};

function shipped(name: string, config?: object) {
  const workflow = SHIPPED.find((one) => one.name === name) as Workflow; // named by the tests
  const configs = config === undefined ? {} : { [name]: config as Record<string, string> };
  const known = shippedWorkflow(workflow, { catalogs, configs, forecasts: ["made"], timeoutMs: 1000 });
  const check = (parameters: object) => known.check(coercedParameters(known.schema, parameters), {});
  return { workflow, known, check };
}

describe("workflows with the names of Earth2Studio", () => {
  it("take for defaults what their forecast has, where upstream's are not to be had", async () => {
    const defaults = (name: string, given = {}) => shipped(name).known.defaults?.(given, {});
    // the forecast has 2024-01-01 and the day after, 3 steps and 3 members
    expect(await defaults("deterministic_workflow")).toEqual({ nsteps: 3 });
    expect(await defaults("ensemble_workflow")).toEqual({ nsteps: 3, nensemble: 3 });
    expect(await defaults("ensemble_workflow", { nsteps: 2 })).toEqual({ nensemble: 3 });
    expect(await defaults("deterministic_earth2_workflow", { start_time: [], num_steps: 1 })).toEqual({});
    expect(shipped("example_user_workflow").known.defaults).toBe(undefined);
  });
  it("have its parameters", () => {
    const summary = Object.fromEntries(
      SHIPPED.map(({ name }) => {
        const { schema } = shipped(name).known;
        const properties = Object.entries(schema["properties"] as Record<string, Record<string, unknown>>);
        return [
          `${name} ${String(schema["title"])}`,
          properties.map(([key, one]) => `${key}=${JSON.stringify(one["default"])}`).join(" "),
        ];
      }),
    );
    expect(summary).toEqual({
      "deterministic_earth2_workflow DeterministicEarth2WorkflowParameters":
        'start_time=["2024-01-01T00:00:00"] num_steps=6',
      "deterministic_workflow DeterministicWorkflowParameters":
        'forecast_times=["2024-01-01T00:00:00"] nsteps=6 model_type="fcn" data_source="gfs" output_format="zarr" create_plots=true plot_variable="t2m" plot_step=4',
      "diagnostic_workflow DiagnosticWorkflowParameters":
        'forecast_times=["2024-01-01T00:00:00"] nsteps=6 prognostic_model_type="fcn" diagnostic_model_type="precipitation_afno" data_source="gfs" output_format="zarr" create_plots=true plot_variable="tp" plot_step=4',
      "ensemble_workflow EnsembleWorkflowParameters":
        'forecast_times=["2024-01-01T00:00:00"] nsteps=10 nensemble=8 batch_size=2 model_type="fcn" perturbation="spherical_gaussian" noise_amplitude=0.15 seed_base=null data_source="gfs" output_format="zarr" output_variables=null create_plots=true plot_variable="tcwv" plot_step=4',
      "example_user_workflow ExampleUserWorkflowParameters":
        'task_name="example_task" num_iterations=5 delay_seconds=0.5 generate_output=true',
    });
  });

  it("refuse before a job is made what their forecast cannot meet", async () => {
    const { check } = shipped("ensemble_workflow");
    await check({ nsteps: 3, nensemble: 3 });
    const refusals: readonly (readonly [object, string])[] = [
      [{ nsteps: 4, nensemble: 1 }, 'nsteps: the forecast "made" has 3 steps, not 4'],
      [{ nsteps: 1 }, 'nensemble: the forecast "made" has 3 members, not 8'],
      [
        { nsteps: 1, nensemble: 1, forecast_times: ["2024-01-03T00"] },
        "forecast_times: [0] = '2024-01-03T00:00:00' is no start",
      ],
      [
        { nsteps: 1, nensemble: 1, forecast_times: ["2024-01-01T00", "2024-01-01T00:00:00Z"] },
        "forecast_times: [1] = '2024-01-01T00:00:00' stands twice",
      ],
      [{ nsteps: 1, nensemble: 1, forecast_times: [] }, "forecast_times: at least one start time is needed"],
      [
        { nsteps: 1, nensemble: 1, output_variables: ["u"] },
        'output_variables: the forecast "made" has no variable "u"',
      ],
    ];
    for (const [parameters, message] of refusals)
      await expect(check(parameters)).rejects.toMatchObject({
        code: "invalid_request",
        message: expect.stringContaining(message) as unknown,
      });
  });

  it("ask for other members than the forecast's own where a request says so, and say what cannot be", async () => {
    const { check } = shipped("ensemble_workflow");
    const few = { nsteps: 1, nensemble: 2 };
    noises.length = 0;
    await check({ ...few, noise_amplitude: 0.15, perturbation: "spherical_gaussian", batch_size: 4 });
    expect(noises).toEqual([]);
    await check({ ...few, noise_amplitude: 0.3, seed_base: "7" });
    await check({ ...few, perturbation: "gaussian" });
    await check({ ...few, noise_amplitude: 0 });
    expect(noises).toEqual([
      { scale: 2, isWhite: false, seed: 7 },
      { scale: 1, isWhite: true },
      { scale: 0, isWhite: false },
    ]);
    const own = shipped("ensemble_workflow", { noiseAmplitude: 0.5 });
    await own.check({ ...few, noise_amplitude: 0.5 });
    expect(noises).toHaveLength(3);
    const alone = "member 0 is the control, which has no noise: ask for more members";
    const refusals: readonly (readonly [object, string])[] = [
      [{ ...few, noise_amplitude: 1 }, "noise_amplitude: too much noise"],
      [{ nsteps: 1, nensemble: 1, noise_amplitude: 0.3 }, `noise_amplitude: ${alone}`],
      [{ nsteps: 1, nensemble: 1, seed_base: 3 }, `seed_base: ${alone}`],
      [{ nsteps: 1, nensemble: 1, perturbation: "gaussian" }, `perturbation: ${alone}`],
    ];
    for (const [parameters, message] of refusals)
      await expect(check(parameters)).rejects.toMatchObject({
        code: "invalid_request",
        message,
        details: { problems: [{ path: message.split(":")[0], input: null }] },
      });
  });

  it("know which forecast stands for a model", async () => {
    const { check } = shipped("deterministic_workflow", { forecast: { dlwp: "made" } });
    await check({ nsteps: 1, model_type: "dlwp" });
    await expect(check({ nsteps: 1 })).rejects.toThrow(
      'model_type: "fcn" cannot be run here: there are dlwp',
    );
    const gone = shipped("deterministic_workflow", { forecast: "gone" });
    await expect(gone.check({ nsteps: 1 })).rejects.toMatchObject({ code: "upstream" });
  });
});

describe("a run of them", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
    reads.length = 0;
    noises.length = 0;
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  async function ran(name: string, parameters: object) {
    const { workflow, known } = shipped(name);
    const coerced = coercedParameters(known.schema, parameters);
    const steps: string[] = [];
    const metadata = await workflow.run({
      ...{
        id: "job",
        attempt: 1,
        seed: 1,
        folder: folder.path,
        config: parsedConfig(workflow, known.config),
      },
      parameters: parsedParameters(workflow, coerced),
      resources: undefined,
      datasets: {
        open: (id, options) => new CheckedDatasets(catalogs).open(id, options),
        model: () => Promise.resolve(undefined),
        picture: (id, { variable }) => Promise.resolve(Buffer.from(`${id} ${variable}`)),
      },
      io: resultWriter({
        ...{ folder: folder.path, format: "zarr", layout: { compressor: "zstd", shard: 1 } },
        onStep: (done, total) => steps.push(`${done}/${total}`),
      }),
      signal: new AbortController().signal,
      progress: () => undefined,
      metadata: () => undefined,
      log: () => undefined,
    });
    const dataset = await openZarr(fileStore(join(folder.path, "results.zarr")), {
      coder: createChunkCoder(),
    });
    return { dataset, metadata, steps };
  }

  it("writes members of a forecast in Earth2Studio's dimensions, every chunk of the forecast read once", async () => {
    const { dataset, steps, metadata } = await ran("ensemble_workflow", {
      ...{ forecast_times: ["2024-01-02T00", "2024-01-01T00:00:00Z"], nsteps: 3, nensemble: 2 },
      ...{ output_variables: ["t2m"], create_plots: false },
    });
    expect([...dataset.variables.keys()]).toEqual(["time", "ensemble", "lead_time", "lat", "lon", "t2m"]);
    const t2m = dataset.variables.get("t2m");
    expect(t2m?.dims).toEqual(["time", "ensemble", "lead_time", "lat", "lon"]);
    expect(t2m?.source.grid).toEqual({ shape: [2, 2, 4, 2, 4], chunkShape: [1, 1, 1, 2, 4] });
    expect(t2m?.attrs).toEqual({ units: "K", _FillValue: Number.NaN });
    for (const [time, start] of [1, 0].entries())
      for (const member of [0, 1])
        for (const lead of [0, 1, 2, 3]) {
          const chunk = await t2m?.source.read([time, member, lead, 0, 0]);
          expect(chunk?.values).toEqual(new Float32Array(8).fill(madeValue(start, lead, member)));
        }
    const lead = dataset.variables.get("lead_time");
    expect(lead?.attrs).toMatchObject({ units: "hours", dtype: "timedelta64[ns]" });
    expect(lead && (await wholeValues(lead.source))).toEqual(BigInt64Array.of(0n, 6n, 12n, 18n));
    const time = dataset.variables.get("time");
    expect(time && (await wholeValues(time.source))).toEqual(BigInt64Array.of(24n, 0n));
    const fields = reads.filter((read) => read.startsWith("t2m"));
    expect(new Set(fields).size).toBe(8);
    expect(fields).toHaveLength(8);
    expect(steps.at(-1)).toBe("8/8");
    expect(metadata).toMatchObject({ results_summary: "Generated 2-member, 3-step ensemble for 2 time(s)" });
    expect(dataset.attrs).toMatchObject({ title: "Made", model_version: "abc", initial_conditions: "era5" });
    expect(JSON.parse(String(dataset.attrs["workflow_parameters"]))).toMatchObject({
      ...{ forecast: "made", data_source: "era5", nensemble: 2, noise_amplitude: 0.15, model_version: "abc" },
    });
  });

  it("writes what it was asked and a picture beside the results, of another variable where the wanted one is missing", async () => {
    const { dataset } = await ran("deterministic_workflow", {
      nsteps: 2,
      plot_variable: "z500",
      plot_step: 9,
    });
    expect(dataset.variables.get("tp")?.dims).toEqual(["time", "lead_time", "lat", "lon"]);
    expect((await readdir(folder.path)).sort()).toEqual([
      "forecast_metadata.json",
      "forecast_plot_t2m_step2.png",
      "results.zarr",
    ]);
    expect(await readFile(join(folder.path, "forecast_plot_t2m_step2.png"), "utf8")).toBe(
      "job@isel(time=0,lead_time=2) t2m",
    );
    const info: unknown = JSON.parse(await readFile(join(folder.path, "forecast_metadata.json"), "utf8"));
    expect(info).toMatchObject({
      nsteps: 2,
      model_type: "fcn",
      forecast: "made",
      forecast_times: ["2024-01-01T00:00:00"],
    });
  });
});
