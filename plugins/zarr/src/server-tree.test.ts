import type { AttributeValue } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";

import { appOf, groupOf, type Reads, variableOf } from "./testing/served-datasets.ts";

describe("the whole server as one hierarchy", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const app = appOf({
    air: groupOf([variableOf("tas", {}, counts)]),
    sea: groupOf([variableOf("sst", {}, counts)]),
  });

  it("consolidates all datasets that open", async () => {
    const v3 = (await (await app.request("/datasets/zarr.json")).json()) as {
      consolidated_metadata: { metadata: object };
    };
    expect(Object.keys(v3.consolidated_metadata.metadata)).toEqual(["air", "sea", "air/tas", "sea/sst"]);
    const v2 = (await (await app.request("/datasets/.zmetadata")).json()) as { metadata: object };
    expect(Object.keys(v2.metadata)).toContain("sea/sst/.zarray");
  });

  it("shows a guarded dataset only to whom its guard admits", async () => {
    const air = groupOf([variableOf("tas", {}, counts)]);
    const guarded = appOf({ air, locked: air });
    for (const path of ["/datasets/zarr.json", "/datasets/.zmetadata"]) {
      for (const isKnown of [false, true, false]) {
        const headers = isKnown ? { authorization: "key" } : {};
        const answer = await guarded.request(path, { headers });
        expect([answer.status, (await answer.text()).includes("locked")]).toEqual([200, isKnown]);
      }
    }
  });

  it("leaves out what does not open, not in time, or has metadata that Python cannot read", async () => {
    let deep: AttributeValue = 1n;
    for (let level = 0; level < 300; level += 1) deep = [deep];
    const nested = { ...groupOf([]), attrs: { deep } };
    const long = { ...variableOf("v", {}, counts), attrs: { digits: 10n ** 5000n } };
    const air = groupOf([variableOf("tas", {}, counts)]);
    const warnings: string[] = [];
    const all = appOf(
      { air, slow: air, nested, inside: groupOf([], { nested }), long: groupOf([long]) },
      warnings,
    );
    for (let time = 0; time < 2; time += 1) {
      const document = (await (await all.request("/datasets/zarr.json")).json()) as {
        consolidated_metadata: { metadata: object };
      };
      expect(Object.keys(document.consolidated_metadata.metadata)).toEqual(["air", "air/tas"]);
    }
    expect(warnings.filter((warning) => warning.startsWith("slow"))).toEqual(["slow: not open after 0.05 s"]);
    expect(warnings.slice(-4).map((warning) => warning.split(":")[0])).toEqual(
      expect.arrayContaining(["nested", "inside", "long", "broken"]),
    );
    expect((await all.request("/datasets/.zmetadata")).status).toBe(200);
  });

  it("answers the keys that its clients ask for, and leaves the rest to other plugins", async () => {
    for (const key of ["zarr.json", "tas/zarr.json", "tas/c/0", "tas/0", ".zmetadata"]) {
      expect([key, (await app.request(`/datasets/air/${key}`)).status]).toEqual([key, 200]);
    }
    expect(await (await app.request("/datasets/air/keys")).text()).toBe("another plugin");
    expect((await app.request("/datasets/air/tas/c/7")).status).toBe(404);
  });
});
