import { type OnnxGraph, onnxModel } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { createExternalDataScan } from "./external-data.ts";

const VALUES = Float32Array.from({ length: 1000 }, (_, i) => i);

/** Constants in two files, one of them in an attribute, with a large one that lies in the graph itself between them. */
function graph(): OnnxGraph {
  return {
    inputs: [{ name: "x", shape: [1000] }],
    outputs: [{ name: "y", shape: [1000] }],
    nodes: [
      {
        op: "Constant",
        inputs: [],
        outputs: ["c"],
        attributes: {
          value: { tensor: { shape: [1000], values: VALUES, external: { file: "b.bin", offset: 0 } } },
        },
      },
      { op: "Add", inputs: ["x", "a"], outputs: ["y"] },
    ],
    constants: [
      { name: "a", shape: [1000], values: VALUES, external: { file: "sub/a.bin", offset: 0 } },
      { name: "inside", shape: [1000], values: VALUES },
      { name: "a2", shape: [1000], values: VALUES, external: { file: "sub/a.bin", offset: 4096 } },
    ],
  };
}

function scan(bytes: Uint8Array, chunk: number): readonly string[] {
  const scanning = createExternalDataScan();
  for (let start = 0; start < bytes.length; start += chunk)
    scanning.push(bytes.subarray(start, start + chunk));
  return scanning.locations();
}

describe("files in which tensors of a graph lie", () => {
  const bytes = onnxModel(graph());

  it.each([1, 2, 3, 7, 64, 4096, 1e9])("are found in pieces of %d bytes", (chunk) => {
    expect(scan(bytes, chunk)).toEqual(["b.bin", "sub/a.bin"]);
  });

  it("are none in a graph that has all of its tensors, or in bytes that are no graph", () => {
    const { constants = [], ...rest } = graph();
    const inside = onnxModel({
      ...rest,
      nodes: [],
      constants: constants.filter(({ external }) => !external),
    });
    expect(scan(inside, 100)).toEqual([]);
    expect(scan(new Uint8Array(0), 1)).toEqual([]);
    expect(scan(new TextEncoder().encode("location of nothing at all".repeat(100)), 10)).toEqual([]);
    expect(scan(new Uint8Array(10_000).fill(255), 100)).toEqual([]);
  });

  it("are looked for in any bytes without an end or an error", () => {
    let seed = 7;
    for (let round = 0; round < 300; round++) {
      const damaged = Uint8Array.from(bytes);
      for (let k = 0; k < 5; k++) {
        seed = (seed * 48_271) % 2_147_483_647;
        damaged[seed % 400] = (seed >> 8) % 256;
      }
      scan(damaged, 97);
    }
  });
});
