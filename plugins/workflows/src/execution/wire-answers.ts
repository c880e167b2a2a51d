import type { Dataset } from "@zarr-gateway/dataset";
import { isGatewayError } from "@zarr-gateway/primitives";
import type { WireError, WireGroup } from "../child/remote-datasets.ts";

const PROVENANCE = [
  "model_version",
  "model_runtime",
  "model_providers",
  "member_noise",
  "initial_conditions",
  "source",
  "title",
];

/** Of a group without its values. */
export function wireGroup(group: Dataset): WireGroup {
  return {
    attrs: group.attrs,
    variables: [...group.variables.values()].map(({ name, dims, attrs, source: { dtype, grid, fill } }) => ({
      ...{ name, dims, attrs },
      source: { dtype, grid: { shape: grid.shape, chunkShape: grid.chunkShape }, fill },
    })),
    groups: [...group.groups].map(([name, child]) => [name, wireGroup(child)]),
  };
}

/** Of errors that are not of this project nothing is told. */
export function wireError(error: unknown): WireError {
  if (isGatewayError(error)) {
    const { code, message, details } = error;
    return { code, message, details };
  }
  return { code: "internal", message: "the server could not read it", details: {} };
}

/** What made a dataset, as far as it says so. */
export function provenanceOf({ attrs }: Dataset): Record<string, string> {
  const known = PROVENANCE.map((name) => [name, attrs[name]] as const);
  return Object.fromEntries(
    known.filter((one): one is readonly [string, string] => typeof one[1] === "string"),
  );
}
