import type { Dataset } from "@zarr-gateway/dataset";
import { expect, it } from "vitest";
import { animationPage } from "./animation-page.ts";

const shown: Dataset = { attrs: {}, variables: new Map(), groups: new Map() };

it.each([
  ["jets", "Data from jets"],
  ["model.ssp245.monthly", "Data from model.ssp245 for aggregation monthly"],
  [".hidden", "Data from .hidden"],
])("%s is shown as: %s", (id, words) => {
  const site = { title: "Forecasts", plugins: new Set<string>() };
  const colours = { name: "viridis", stops: "000000 ffffff" };
  const page = animationPage({
    id,
    view: id,
    shown,
    variable: "u",
    film: "time",
    colours,
    root: "../",
    site,
  });
  expect(page).toContain(`<p class="lead">${words}</p>`);
});
