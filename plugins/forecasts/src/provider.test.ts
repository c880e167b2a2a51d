import type { Dataset } from "@zarr-gateway/dataset";
import type { ModelPackage } from "@zarr-gateway/inference";
import type { DatasetCatalog } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { expect, it } from "vitest";
import { forecastOptions } from "./options.ts";
import { type Forecast, forecastsProvider } from "./provider.ts";

const model = { version: "m1" } as ModelPackage; // all that is looked at

function setUp() {
  const events: string[] = [];
  const state = { analysis: dataset("a1"), modelVersion: "m1", failure: undefined as Error | undefined };
  const datasets: DatasetCatalog = {
    async *ids() {},
    state: () => ({ state: "open" }),
    open: async () => state.analysis,
    async lease(id) {
      if (state.failure) throw state.failure;
      events.push(`lease ${id}`);
      return { dataset: state.analysis, release: () => void events.push("release") };
    },
  };
  const forecast: Forecast = {
    id: "drift",
    options: forecastOptions.parse({
      model: "/models/drift",
      initialConditions: { dataset: "analysis" },
      steps: 3,
    }),
    model: {
      read: async () => ({ ...model, version: state.modelVersion }),
      isCurrent: async ({ version }) => version === state.modelVersion,
    },
  };
  const provider = forecastsProvider(
    new Map([["drift", forecast]]),
    { datasets },
    async ({ model: { version }, analysis }) => {
      if (version === "broken") throw new GatewayError("upstream", "does not fit");
      return { ...dataset(`${version} ${analysis.version}`), close: async () => void events.push("close") };
    },
  );
  return { provider, state, events };
}

function dataset(version: string): Dataset {
  return { attrs: {}, variables: new Map(), groups: new Map(), version };
}

it("knows the forecasts of the configuration, and no others", async () => {
  const { provider } = setUp();
  expect(await Array.fromAsync(provider.ids())).toEqual(["drift"]);
  expect(await provider.open("other")).toBeUndefined();
});

it("holds the analysis open until the forecast is closed, and says that reads may wait", async () => {
  const { provider, events } = setUp();
  const opened = await provider.open("drift");
  expect([opened?.version, opened?.readsMayWait, events]).toEqual(["m1 a1", true, ["lease analysis"]]);
  await opened?.close?.();
  expect(events).toEqual(["lease analysis", "close", "release"]);
});

it("is current until the analysis or the model is another one", async () => {
  const { provider, state } = setUp();
  const opened = await provider.open("drift");
  expect(await opened?.isCurrent?.()).toBe(true);
  state.analysis = dataset("a2");
  expect(await opened?.isCurrent?.()).toBe(false);
  const next = await provider.open("drift");
  state.modelVersion = "m2";
  expect([next?.version, await next?.isCurrent?.()]).toEqual(["m1 a2", false]);
});

it("never says that a forecast is not there because its analysis is not", async () => {
  const { provider, state } = setUp();
  state.failure = new GatewayError("not_found", "Dataset 'analysis' not found", { dataset: "analysis" });
  const failed = provider.open("drift");
  await expect(failed).rejects.toMatchObject({ code: "upstream" });
  await expect(failed).rejects.toThrow('"analysis" cannot be opened');
});

it("lets the analysis go where it does not fit", async () => {
  const { provider, state, events } = setUp();
  state.modelVersion = "broken";
  await expect(provider.open("drift")).rejects.toThrow("does not fit");
  expect(events).toEqual(["lease analysis", "release"]);
});
