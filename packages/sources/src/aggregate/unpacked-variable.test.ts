import type { Attributes } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import type { Member, VariableFacts } from "./member.ts";
import type { PlannedVariable } from "./planned-group.ts";
import { arePackedOtherwise, unpackedVariable } from "./unpacked-variable.ts";

const series = {
  members: Uint32Array.of(0, 1),
  starts: Float64Array.of(0, 0),
  lengths: Float64Array.of(2, 2),
};
const members = ["a.nc", "b.nc"].map((label) => ({ label }) as Member); // labels alone are asked for

function factsOf(marks: Attributes, more: Partial<VariableFacts> = {}): VariableFacts {
  const shape = { shape: [2], chunkShape: [2] };
  return {
    name: "tas",
    dims: ["time"],
    dtype: "int16",
    fill: 0,
    ...shape,
    marks,
    isCoordinate: false,
    ...more,
  };
}

function plannedOf(layouts: readonly [VariableFacts, ...VariableFacts[]]): PlannedVariable {
  const { marks, isCoordinate, dims, dtype, fill, name } = layouts[0];
  const piece = { kind: "concatenated", axis: 0, series, layouts } as const;
  return { name, dims, dtype, fill, shape: [4], marks, lead: 0, isCoordinate, piece };
}

describe("arePackedOtherwise", () => {
  it("is true where nothing but the packing differs", () => {
    const facts = factsOf({ units: "K", scale_factor: 0.5 });
    expect(arePackedOtherwise(facts, factsOf({ units: "K", scale_factor: 0.25, _FillValue: -1n }))).toBe(
      true,
    );
    expect(arePackedOtherwise(facts, factsOf({ units: "K", scale_factor: 0.5 }))).toBe(false);
    expect(arePackedOtherwise(facts, factsOf({ units: "degC", scale_factor: 0.25 }))).toBe(false);
    expect(arePackedOtherwise(facts, factsOf({ units: "K", scale_factor: 0.25 }, { dtype: "int32" }))).toBe(
      false,
    );
  });
});

describe("unpackedVariable", () => {
  it("has the type of the unpacked values, no attributes of packing, and each file's own way to unpack", () => {
    const layouts = [
      factsOf({ scale_factor: 0.5, units: "K" }),
      factsOf({ scale_factor: 0.25, units: "K" }),
    ] as const;
    const variable = unpackedVariable(plannedOf(layouts), members);
    expect(variable).toMatchObject({ dtype: "float64", fill: 0, marks: { units: "K" } });
    expect(variable.dropped).toContain("scale_factor");
    expect(variable.piece).toMatchObject({
      layouts: layouts.map((packed) => ({ packed, dtype: "float64" })),
    });
    expect(unpackedVariable(variable, members)).toBe(variable);
  });

  it("names the two files whose values become numbers of different types", () => {
    const layouts = [factsOf({ _FillValue: -1n }), factsOf({ _FillValue: -1n, scale_factor: 0.5 })] as const;
    expect(() => unpackedVariable(plannedOf(layouts), members)).toThrow(
      '"tas" of "a.nc" and "b.nc" differs in the type of its unpacked values (float32, float64)',
    );
  });

  it("is the same variable where chunks are passed on that cannot be read", () => {
    const variable = plannedOf([factsOf({ scale_factor: 0.5 }, { storedOnly: "v2" })]);
    expect(unpackedVariable(variable, members)).toBe(variable);
  });
});
