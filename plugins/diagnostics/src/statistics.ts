import { type Dataset, elementCount } from "@zarr-gateway/dataset";
import type { DerivedArray, Element } from "./derived-array.ts";
import { axesOf } from "./horizontal.ts";
import { viewId, viewName } from "./view-id.ts";

export interface WantedVariable {
  readonly id: string;
  readonly dataset: Dataset;
  readonly name: string;
  /** The variable in a view, read whole. */
  read(view: string): Promise<DerivedArray>;
}

/** Single numbers of a whole variable; missing values are counted and skipped. */
export interface VariableStatistics {
  readonly variable: string;
  readonly units: Element;
  readonly size: number;
  readonly count: number;
  readonly missing: number;
  readonly min: Element;
  readonly max: Element;
  readonly mean: Element;
  readonly std: Element;
  /** Means over the area, weighted by the size of cells, where they have one. */
  readonly areaMean?: Element;
}

/** One after the other, so that chunks read for one are at hand for the next. */
export async function statisticsOf(wanted: WantedVariable): Promise<VariableStatistics> {
  const { id, dataset, name } = wanted;
  const variable = dataset.variables.get(name);
  const size = elementCount(variable?.source.grid.shape ?? []);
  const scalar = async (...steps: string[]): Promise<Element> => {
    const { elements } = await wanted.read(viewId(id, [`vars(${viewName(name)})`, ...steps]));
    return elements[0] ?? null;
  };
  const count = Number(await scalar("count()"));
  const { horizontal } = variable === undefined ? { horizontal: [] } : axesOf(dataset, variable);
  const overArea = `wmean(${horizontal.map(viewName).join(",")})`;
  const { units } = variable?.attrs ?? {};
  return {
    variable: name,
    units: typeof units === "string" ? units : null,
    size,
    count,
    missing: size - count,
    min: count === 0 ? null : await scalar("min()"),
    max: count === 0 ? null : await scalar("max()"),
    mean: await scalar("mean()"),
    std: await scalar("std()"),
    ...(horizontal.length > 0 && { areaMean: await scalar(overArea, "mean()") }),
  };
}
