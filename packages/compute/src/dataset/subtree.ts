import { type Dataset, type DatasetWarning, groupAt } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { derivedDataset } from "./derived-dataset.ts";

/**
 * The group at a path such as `/forecast/surface` as a dataset of its own, as `xr.open_dataset(…, group=…)` sees it.
 * @throws GatewayError invalid_request when there is no such group
 */
export function subtree(dataset: Dataset, path: string): Dataset {
  const names = path.split("/").filter((name) => name !== "");
  if (names.length === 0) return dataset;
  const group = groupAt(dataset, names);
  if (group === undefined)
    throw new GatewayError("invalid_request", `there is no group "/${names.join("/")}"`);
  const { attrs, variables, groups } = group;
  const root = derivedDataset(dataset, { attrs, variables, groups });
  return dataset.warnings
    ? { ...root, warnings: warningsBelow(dataset.warnings, `/${names.join("/")}`) }
    : root;
}

function warningsBelow(warnings: readonly DatasetWarning[], prefix: string): DatasetWarning[] {
  return warnings
    .filter(({ path }) => path === prefix || path.startsWith(`${prefix}/`))
    .map((warning) => ({ ...warning, path: warning.path.slice(prefix.length) || "/" }));
}
