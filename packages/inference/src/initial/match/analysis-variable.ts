import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import type { ModelVariable } from "../../model-package.ts";
import { isVertical } from "./dimension-kind.ts";
import { listed, type Problems } from "./problems.ts";

/** Names of the model's variables → names of the analysis's, where neither name nor standard name tells. */
export type VariableNames = Readonly<Record<string, string>>;

const NUMBER = /^(u?int|float)\d+$/;

/** The variable of an analysis that gives one of the model's: by the name that was said, its own, or its standard name. */
export function analysisVariable(
  dataset: Dataset,
  wanted: ModelVariable,
  { names, problems }: { readonly names: VariableNames; readonly problems: Problems },
): Variable | undefined {
  const found = byName(dataset, wanted, names, problems) ?? byStandardName(dataset, wanted, names, problems);
  if (found === undefined) return undefined;
  if (!NUMBER.test(found.source.dtype)) {
    problems.add(
      `"${wanted.name}": "${found.name}" of the analysis holds ${found.source.dtype}, not numbers`,
    );
    return undefined;
  }
  if (found.source.storedOnly !== undefined) {
    problems.add(`"${wanted.name}": values of "${found.name}" cannot be read here (a codec is not known)`);
    return undefined;
  }
  return found;
}

function byName(
  dataset: Dataset,
  { name }: ModelVariable,
  names: VariableNames,
  problems: Problems,
): Variable | undefined {
  const said = Object.hasOwn(names, name) ? names[name] : undefined;
  const found = dataset.variables.get(said ?? name);
  if (said !== undefined && found === undefined)
    problems.add(`"${name}": the analysis has no variable "${said}", only ${dataNames(dataset)}`);
  return found;
}

function byStandardName(
  dataset: Dataset,
  { name, standardName, levels }: ModelVariable,
  names: VariableNames,
  problems: Problems,
): Variable | undefined {
  if (Object.hasOwn(names, name)) return undefined;
  const standard = standardName === undefined ? "" : ` and none with standard_name "${standardName}"`;
  const coordinates = coordinateNames(dataset);
  const same = [...dataset.variables.values()].filter(
    (one) =>
      standardName !== undefined && !coordinates.has(one.name) && one.attrs["standard_name"] === standardName,
  );
  // air_temperature is the standard name of a field on levels and of one at 2 m
  const fitting = same.filter((one) => isVertical(dataset, one) === (levels !== undefined));
  const candidates = fitting.length > 0 ? fitting : same;
  if (candidates.length === 1) return candidates[0];
  problems.add(
    candidates.length === 0
      ? `"${name}": the analysis has no variable of that name${standard}; it has ${dataNames(dataset)}`
      : `"${name}": standard_name "${standardName}" is that of ${listed(candidates.map((one) => one.name))}: say which under "variables", such as { ${name}: ${candidates[0]?.name} }`,
  );
  return undefined;
}

function dataNames(dataset: Dataset): string {
  const coordinates = coordinateNames(dataset);
  const names = [...dataset.variables.keys()].filter((name) => !coordinates.has(name));
  if (names.length > 0) return listed(names);
  return dataset.groups.size === 0
    ? "none"
    : `none at its root: one of its groups (${listed([...dataset.groups.keys()])}) can be made a dataset by "group"`;
}
