import type { Dataset, MemberNoise } from "@zarr-gateway/dataset";
import { expect, it } from "vitest";
import { noiseText, type OpenForecast, OpenForecasts } from "./noisy-forecasts.ts";

const NOISE = { std: { u: 0.5 }, correlationKm: 500 };

function setUp(more: Partial<OpenForecast> = {}) {
  const events: string[] = [];
  const dataset = (version: string): Dataset => ({
    attrs: {},
    variables: new Map(),
    groups: new Map(),
    version,
  });
  const forecasts = new OpenForecasts({
    lease: (id) =>
      Promise.resolve({ dataset: dataset("v1"), release: () => void events.push(`release ${id}`) }),
  });
  const forget = forecasts.note("drift", dataset("v1"), {
    model: { perturbation: NOISE, networks: [], diagnostics: [] },
    members: { count: 4, maxNoise: 10 },
    withNoise: (noise) => dataset(JSON.stringify(noise)),
    ...more,
  });
  const versionOf = async (noise: MemberNoise, id = "drift") => {
    const lease = await forecasts.lease(id, noise);
    lease.release();
    return lease.dataset.version;
  };
  return { forecasts, forget, events, versionOf };
}

it("gives a forecast with the noise that is asked for, and itself for its own", async () => {
  const { versionOf, events, forget } = setUp();
  expect(await versionOf({})).toBe("v1");
  expect(await versionOf({ scale: 1, isWhite: false })).toBe("v1");
  expect(await versionOf({ scale: 2, seed: 3 })).toBe('{"scale":2,"isWhite":false,"seed":3}');
  expect(events).toEqual(Array(3).fill("release drift"));
  forget();
  await expect(versionOf({ scale: 2 })).rejects.toThrow('"drift" is no forecast of the configuration');
  expect(events).toHaveLength(4);
});

it("takes white noise for what a package has that correlates nothing", async () => {
  const model = { perturbation: { std: { u: 1 }, correlationKm: 0 }, networks: [], diagnostics: [] };
  expect(await setUp({ model }).versionOf({ isWhite: true })).toBe("v1");
});

it("refuses by the name of the option what is not permitted, or changes nothing", async () => {
  const none = { networks: [], diagnostics: [] };
  const refusals: readonly (readonly [Partial<OpenForecast>, MemberNoise, string, string])[] = [
    [
      {},
      { scale: 11 },
      "scale",
      '11 times the noise of its model is too much: the forecast "drift" gives 10 times at most',
    ],
    [
      { members: { count: 2, maxNoise: 0 } },
      { seed: 1 },
      "seed",
      'the forecast "drift" gives its own members alone',
    ],
    [{ members: undefined }, { isWhite: true }, "isWhite", 'the forecast "drift" has no members'],
    [
      { model: none },
      { scale: 2 },
      "scale",
      'the model of the forecast "drift" has no noise in its first states',
    ],
    [
      { model: none },
      { seed: 2 },
      "seed",
      'the model of the forecast "drift" has no noise in its first states: a seed changes nothing',
    ],
    [{}, { scale: 0, seed: 2 }, "seed", "nothing is random without noise: a seed changes nothing"],
  ];
  for (const [more, noise, option, message] of refusals) {
    const { versionOf, events } = setUp(more);
    await expect(versionOf(noise)).rejects.toMatchObject({
      code: "invalid_request",
      message,
      details: { noise: option },
    });
    expect(events).toEqual(["release drift"]);
  }
});

it("says in words what members have", () => {
  const variables = [{ name: "u", units: "m s-1" }] as never; // all that is looked at
  expect(noiseText({ perturbation: NOISE, variables }, { scale: 2, seed: 7 })).toBe(
    "Gaussian noise in u (1 m s-1), correlated over 500 km, seed 7",
  );
  expect(noiseText({ perturbation: NOISE, variables }, { isWhite: true })).toBe(
    "Gaussian noise in u (0.5 m s-1), uncorrelated",
  );
  expect(noiseText({ perturbation: NOISE, variables }, { scale: 0 })).toBe("no noise in first states");
});
