import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignIds, cleanId, DATASET_ID, type FoundDataset, fillTemplate } from "./dataset-id.ts";

const file = (path: string): FoundDataset => ({ path, isFolder: false });
const store = (path: string): FoundDataset => ({ path, isFolder: true });
const assign = (found: FoundDataset[], reserved: string[] = [], template = "{path}") =>
  assignIds(
    found.map((item) => ({ found: item, template })),
    new Set(reserved),
  );
const pathsById = (...input: Parameters<typeof assign>): Record<string, string> =>
  Object.fromEntries([...assign(...input).byId].map(([id, { found }]) => [id, found.path]));

describe("fillTemplate", () => {
  it("knows the path below the folder and the name, both without extension", () => {
    expect(fillTemplate("{path}", file("a/b/tas_v1.0.nc"))).toBe("a/b/tas_v1.0");
    expect(fillTemplate("x-{stem}", file("a/b/tas.nc"))).toBe("x-tas");
    expect(fillTemplate("{stem}", store("a/run.2024"))).toBe("run.2024");
    expect(fillTemplate("{path}", store("a/run.zarr"))).toBe("a/run");
  });
});

describe("cleanId", () => {
  it.each([
    ["a/b/c", "a.b.c"],
    ["Größe (m) +2", "Gr--e--m---2"],
    ["_hidden", "hidden"],
    ["日本", "dataset"],
    ["a.zarr", "a-zarr"],
    ["zarr.json", "zarr-json"],
    ["a@mean", "a-mean"],
  ])("makes an id of %s", (text, id) => {
    expect(cleanId(text)).toBe(id);
  });

  it("gives an id that is allowed for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => DATASET_ID.test(cleanId(text))));
  });
});

describe("assignIds", () => {
  it("gives two datasets with the same id their extensions back, and says so", () => {
    const { byId, problems } = assign([file("a.grib"), file("a.nc"), file("b.nc")]);
    expect([...byId.keys()]).toEqual(["a-grib", "a-nc", "b"]);
    expect(problems).toEqual([
      'the id "a" fits more than one dataset: "a.grib", "a.nc"; they are published under longer ids',
    ]);
  });

  it("leaves a dataset without extension its id where the other one has one", () => {
    expect(pathsById([store("a"), file("a.nc")])).toEqual({ a: "a", "a-nc": "a.nc" });
  });

  it("tells datasets apart by a digest of their path where extensions do not help", () => {
    const ids = Object.keys(pathsById([file("a b.nc"), file("a-b.nc"), file("c.nc")]));
    expect(ids).toEqual([
      expect.stringMatching(/^a-b-nc-[0-9a-f]{6}$/),
      expect.stringMatching(/^a-b-nc-[0-9a-f]{6}$/),
      "c",
    ]);
    expect(Object.keys(pathsById([file("a b.nc"), file("a-b.nc"), file("0.nc")]))).toContain(ids[0]);
  });

  it("gives way to ids that are taken", () => {
    expect(pathsById([file("a.nc")], ["a"])).toEqual({ "a-nc": "a.nc" });
  });

  it("resolves a clash that an extension brings", () => {
    const ids = pathsById([file("a.nc"), file("a.h5"), file("a-nc.nc")]);
    expect(new Set(Object.values(ids))).toEqual(new Set(["a.nc", "a.h5", "a-nc.nc"]));
  });

  it("gives each of any files an id of its own that is allowed", () => {
    const path = fc.stringMatching(/^[ab .-]{1,3}(\/[ab])?\.(nc|h5|zarr)$/);
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
        const { byId } = assign(paths.map(file), ["a", "b"]);
        expect(byId.size).toBe(paths.length);
        for (const id of byId.keys()) expect(id).toMatch(DATASET_ID);
      }),
    );
  });
});
