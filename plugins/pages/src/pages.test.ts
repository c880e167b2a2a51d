import type { Dataset } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { datasetPage } from "./dataset-page.ts";
import { html } from "./html.ts";
import { rootPage } from "./root-page.ts";

const source = {
  dtype: "float32",
  fill: null,
  grid: { shape: [720, 1440], chunkShape: [360, 720] },
  read: () => Promise.resolve(undefined),
} as const;
const dataset: Dataset = {
  attrs: { title: "<script>alert(1)</script>", version: 1n },
  variables: new Map([
    ["tas", { name: "tas", dims: ["lat", "lon"], attrs: { units: "K", long_name: "temperature" }, source }],
  ]),
  groups: new Map(),
  warnings: [{ path: "/odd", message: "compound types cannot be published" }],
};

describe("pages", () => {
  it("escape what comes from data", () => {
    expect(html`<b>${'<i a="1">&'}</b>`.text).toBe("<b>&lt;i a=&quot;1&quot;&gt;&amp;</b>");
    expect(datasetPage("x", "http://h/datasets/x", dataset)).not.toContain("<script>alert");
  });
  it("show structure, sizes, warnings and lines that open the dataset", () => {
    const text = datasetPage("x", "http://h/datasets/x", dataset);
    expect(text).toContain("lat: 720, lon: 1440");
    expect(text).toContain("4.0 MiB");
    expect(text).toContain("compound types cannot be published");
    expect(text).toContain("xr.open_dataset(&quot;http://h/datasets/x.zarr&quot;)");
  });
  it("list every dataset and say which cannot be opened", () => {
    const text = rootPage("Climate", "http://h", [
      { id: "broken", state: { state: "failed", reason: "truncated" } },
      { id: "good", state: { state: "closed" } },
    ]);
    expect(text).toContain("cannot be opened: truncated");
    expect(text).toContain("http://h/datasets/good.zarr");
  });
  it("run no inline script and need no other origin", () => {
    const text = rootPage("Climate", "http://h", []);
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(text).not.toMatch(/(?:src|href)="https?:/);
  });
});
