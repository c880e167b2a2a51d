import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";
import { similarWord } from "@zarr-gateway/primitives";
import type { ModelVariable } from "../model-package.ts";
import {
  expected,
  numberOf,
  type Report,
  readList,
  readNames,
  readNumber,
  readText,
  type Written,
} from "./written.ts";

export type VariableProperties = Pick<ModelVariable, "units" | "standardName" | "attrs" | "clip" | "nan">;
export const NO_PROPERTIES: VariableProperties = { attrs: {}, nan: "refuse" };

/** Attributes by which clients decode values, or find coordinates: they are the gateway's to write. */
const OWN_ATTRIBUTES = [
  "_FillValue",
  "missing_value",
  "scale_factor",
  "add_offset",
  "_Unsigned",
  "coordinates",
  "_ARRAY_DIMENSIONS",
  "dtype",
];

/** Reads `variables`; names that no tensor has are mistakes. */
export function readVariables(
  written: Written | undefined,
  names: readonly string[],
  report: Report,
): ReadonlyMap<string, VariableProperties> {
  const properties = new Map<string, VariableProperties>();
  const variables = written && readNames(written, report, "a map: names of variables, and their properties");
  for (const [name, value] of variables ?? []) {
    if (!names.includes(name)) {
      const meant = similarWord(name, names);
      const advice = meant === undefined ? `they have ${names.join(", ")}` : `did you mean ${meant}?`;
      report(value, `no tensor has a variable ${JSON.stringify(name)}; ${advice}`);
    }
    properties.set(name, readProperties(value, report));
  }
  return properties;
}

function readProperties(written: Written, report: Report): VariableProperties {
  const entries = readNames(written, report, "a map: units, standard_name, long_name, clip, nan, attributes");
  if (entries === undefined) return NO_PROPERTIES;
  const attrs: [string, AttributeValue][] = [];
  for (const [name, value] of entries) {
    if (name === "clip" || name === "nan") continue;
    if (OWN_ATTRIBUTES.includes(name))
      report(value, "expected another attribute; this one is the gateway's to write");
    else if (["units", "standard_name", "long_name"].includes(name)) {
      const text = readText(value, report);
      if (text !== undefined) attrs.push([name, text]);
    } else attrs.push([name, attributeOf(value)]);
  }
  const all: Attributes = Object.fromEntries(attrs);
  const { units, standard_name: standardName } = all;
  const clip = entries.get("clip");
  const limits = clip && readClip(clip, report);
  const nan = entries.get("nan");
  return {
    attrs: all,
    nan: nan === undefined ? "refuse" : readNan(nan, report),
    ...(typeof units === "string" ? { units } : {}),
    ...(typeof standardName === "string" ? { standardName } : {}),
    ...(limits === undefined ? {} : { clip: limits }),
  };
}

function attributeOf(written: Written): AttributeValue {
  switch (written.kind) {
    case "map":
      return Object.fromEntries([...written.entries].map(([name, value]) => [name, attributeOf(value)]));
    case "list":
      return written.items.map(attributeOf);
    case "scalar":
      return written.value;
  }
}

function readClip(written: Written, report: Report): readonly [number, number] | undefined {
  const items = readList(written, report, "[min, max]");
  if (items === undefined) return undefined;
  const [least, greatest] = items;
  if (least === undefined || greatest === undefined || items.length > 2)
    return expected(report, written, "[min, max]");
  const rule = { what: "a number", accepts: (value: number) => !Number.isNaN(value) };
  const min = readNumber(least, report, rule);
  const max = readNumber(greatest, report, rule);
  if (min === undefined || max === undefined) return undefined;
  if (min > max) report(written, `expected min ≤ max; got [${min}, ${max}]`);
  return [min, max];
}

function readNan(written: Written, report: Report): ModelVariable["nan"] {
  if (written.kind === "scalar" && (written.value === "refuse" || written.value === "allow"))
    return written.value;
  const value = numberOf(written);
  if (value !== undefined && Number.isFinite(value)) return value;
  expected(report, written, "refuse, allow or a number that is finite");
  return "refuse";
}
