import type { ArrayEncoding, Dataset, Variable } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { documentsV2, membersV3 } from "./hierarchy.ts";

const encoding: ArrayEncoding = {
  dtype: "int8",
  grid: { shape: [1], chunkShape: [1] },
  fill: 0,
  codecs: [{ name: "bytes", configuration: {} }],
};

/** `{ upper: { t: null } }`: a group with a variable. */
interface Tree {
  readonly [name: string]: Tree | null;
}

function datasetOf(tree: Tree): Dataset {
  const variables = new Map<string, Variable>();
  const groups = new Map<string, Dataset>();
  for (const [name, below] of Object.entries(tree)) {
    if (below) groups.set(name, datasetOf(below));
    else {
      const source = { ...encoding, read: async () => undefined };
      variables.set(name, { name, dims: ["x"], attrs: {}, source });
    }
  }
  return { attrs: {}, variables, groups };
}

/** What zarr-python finds below each parent: of keys of one depth only the last run of the same parent counts. */
function foundByZarrPython(paths: Iterable<string>): Set<string> {
  const byDepth = [...paths].sort((one, other) => one.split("/").length - other.split("/").length);
  const runs = new Map<string, string[]>();
  let before: string | undefined;
  for (const path of byDepth) {
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    if (parent === before) runs.get(parent)?.push(path);
    else runs.set(parent, [path]);
    before = parent;
  }
  return new Set([...runs.values()].flat());
}

const tree = datasetOf({
  top: null,
  upper: { level: null, t: null, deep: { x: null, deeper: { y: null } }, last: { z: null } },
  other: { shadowed: null, deep: { x: null } },
  empty: {},
});
const describeAll = ({ dims, attrs }: Variable) => ({ encoding, dims, attrs });

describe("members of a consolidated group", () => {
  it("stand side by side with their siblings, so that zarr-python finds all of them in v3", () => {
    const paths = [...membersV3(tree, describeAll).keys()];
    expect(paths).toHaveLength(15);
    expect(foundByZarrPython(paths)).toEqual(new Set(paths));
  });

  it("and in v2", () => {
    const keys = [...documentsV2(tree, describeAll).keys()];
    const paths = new Set(keys.filter((key) => key.includes("/")).map((key) => key.replace(/\/[^/]*$/, "")));
    expect(paths.size).toBe(15);
    expect(foundByZarrPython(paths)).toEqual(paths);
  });
});
