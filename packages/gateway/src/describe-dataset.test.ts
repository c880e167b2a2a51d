import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { describeDataset } from "./describe-dataset.ts";
import { formatDescription } from "./format-description.ts";

const temperature: Variable = {
  name: "temperature",
  dims: ["time", null],
  attrs: { units: "K", scale_factor: 0.5, note: "a\u001b[31m b\nc" },
  source: {
    dtype: "int16",
    grid: { shape: [20, 4], chunkShape: [5, 4] },
    fill: 0,
    read: async () => undefined,
    stored: {
      grid: { shape: [20, 4], chunkShape: [20, 4] },
      codecs: [
        {
          name: "sharding_indexed",
          configuration: { codecs: [{ name: "zstd", configuration: { level: 3 } }] },
        },
      ],
      read: async () => undefined,
      stat: async () => undefined,
    },
  },
};
const dataset: Dataset = {
  attrs: { title: "T", count: 3n },
  variables: new Map([["temperature", temperature]]),
  groups: new Map([["sub", { attrs: {}, variables: new Map(), groups: new Map() }]]),
  format: "zarr v3",
  warnings: [{ path: "/x", message: "left out" }],
};

describe("an inspected dataset", () => {
  it("shows the versions of a source that keeps them", () => {
    const time = new Date("2026-01-02T03:04:05Z");
    const version = {
      id: "A",
      time,
      message: "first\u001b[31m\n",
      metadata: {},
      branches: ["main"],
      tags: ["v1"],
    };
    expect(formatDescription(describeDataset(dataset, "repo", [version]))).toContain(
      "\nversions, newest first\n  A  2026-01-02T03:04:05.000Z  first[31m   main, tag v1\n",
    );
  });

  it("is printed for a person, without control characters of the file", () => {
    expect(formatDescription(describeDataset(dataset, "air.zarr"))).toBe(`air.zarr  (zarr v3)

group /
  dimensions: time 20

  variable     type   dimensions   chunks                 stored as
  temperature  int16  time=20 –=4  5×4 in shards of 20×4  sharding_indexed[zstd(level=3)]

  temperature
    units         K
    scale_factor  0.5
    note          a[31m b c

  attributes
    title  T
    count  3

group /sub

warnings (1)
  /x: left out
`);
  });
  it("is described for machines", () => {
    const { groups, warnings } = describeDataset(dataset, "air.zarr");
    expect(groups.map(({ path }) => path)).toEqual(["/", "/sub"]);
    expect(groups[0]?.variables[0]).toMatchObject({ chunks: [5, 4], shards: [20, 4] });
    expect(warnings).toHaveLength(1);
  });
});
