import { plainLine } from "@zarr-gateway/primitives";
import type { ListOptions } from "../catalog-texts.ts";
import { ESM_COLUMNS } from "./esm-columns.ts";

/**
 * The document that intake-esm opens; its rows are in `/esm-collection.csv`, one for every variable.
 * @see https://github.com/NCAR/esm-collection-spec
 */
export function esmCollection({ base, title, description }: ListOptions): object {
  return {
    esmcat_version: "0.1.0",
    id: "zarr-gateway",
    title: plainLine(title),
    description: plainLine(description, 4000),
    catalog_file: `${base}/esm-collection.csv`,
    attributes: ESM_COLUMNS.filter((name) => name !== "href").map((column_name) => ({
      column_name,
      vocabulary: "",
    })),
    assets: { column_name: "href", format: "zarr" },
    aggregation_control: {
      variable_column_name: "variable_id",
      // intake-esm opens the whole store for a row: merging rows of one store would merge it with itself
      groupby_attrs: ["dataset_id", "group", "variable_id"],
      aggregations: [],
    },
  };
}
