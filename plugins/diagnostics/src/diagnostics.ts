import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { axesOf } from "./horizontal.ts";
import { viewName } from "./view-id.ts";

/** One thing to know about a variable. */
export interface Diagnostic {
  readonly name: string;
  readonly title: string;
  /** A view is data like any other; statistics and histograms are made of several. */
  readonly kind: "view" | "statistics" | "histogram";
  /** The view behind the dataset's id. */
  readonly steps: readonly string[];
}

const NUMERIC = /^(u?int\d+|float\d+)$/;

/**
 * What can be told of a variable by the axes that it has.
 * @throws GatewayError invalid_request for coordinates and what are no numbers
 */
export function diagnosticsOf(dataset: Dataset, variable: Variable): readonly Diagnostic[] {
  const { name, source } = variable;
  if (!NUMERIC.test(source.dtype) || coordinateNames(dataset).has(name))
    throw new GatewayError(
      "invalid_request",
      `'${name}' is no field of numbers, there are no diagnostics of it`,
    );
  const { horizontal, longitude, time } = axesOf(dataset, variable);
  const vars = `vars(${viewName(name)})`;
  const names = (dims: readonly string[]): string => dims.map(viewName).join(",");
  const overSpace = horizontal.length > 0 ? [`wmean(${names(horizontal)})`] : [];
  const view = (own: string, title: string, steps: readonly string[]): Diagnostic => ({
    name: own,
    title,
    kind: "view",
    steps: [vars, ...steps],
  });
  const diagnostics: Diagnostic[] = [];
  if (time !== undefined) {
    const month = `groupby(${viewName(time)}.month,mean)`;
    diagnostics.push(view("timeseries", "Mean over the area in time", overSpace));
    diagnostics.push(view("climatology", "Mean over the area by month", [...overSpace, month]));
  }
  if (horizontal.length > 0)
    diagnostics.push(view("map", "Mean in time", time === undefined ? [] : [`mean(${names([time])})`]));
  if (longitude !== undefined) {
    const gone = time === undefined ? [longitude] : [longitude, time];
    diagnostics.push(view("zonal", "Zonal mean", [`mean(${names(gone)})`]));
  }
  if (time !== undefined && horizontal.length > 0)
    diagnostics.push(view("trend", "Linear trend", [`trend(${names([time])})`]));
  diagnostics.push({ name: "histogram", title: "Histogram", kind: "histogram", steps: [vars] });
  diagnostics.push({ name: "statistics", title: "Statistics", kind: "statistics", steps: [vars] });
  return diagnostics;
}
