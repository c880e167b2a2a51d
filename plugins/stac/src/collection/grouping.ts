import type { DatasetSummary } from "@zarr-gateway/plugin";
import type { CatalogOptions } from "../options.ts";

/** The collection of what fits no group. */
const OTHER = "other";

/** The id of the collection that a dataset is in, as `catalog.collections` says. */
export function collectionIdOf(
  catalog: CatalogOptions,
): (summary: Pick<DatasetSummary, "id" | "facets">) => string {
  const rule = catalog.collections;
  if (rule === undefined) return () => catalog.id;
  if (rule === "folder") {
    return ({ id }) => {
      const end = id.indexOf(".");
      return end > 0 ? idOf(id.slice(0, end)) : OTHER;
    };
  }
  if ("attribute" in rule) {
    return ({ facets }) => idOf(String(facets?.[rule.attribute] ?? ""));
  }
  const pattern = new RegExp(rule.pattern, "u");
  return ({ id }) => idOf(pattern.exec(id)?.[1] ?? "");
}

/** In the characters that stand in a URL as they are. */
function idOf(text: string): string {
  const id = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, 100);
  return id === "" ? OTHER : id;
}
