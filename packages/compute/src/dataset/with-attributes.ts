import type { Attributes, Dataset } from "@zarr-gateway/dataset";
import { derivedDataset } from "./derived-dataset.ts";

/** Attributes laid over those of the root group; null removes one. */
export function withAttributes(dataset: Dataset, attributes: Attributes): Dataset {
  const merged = Object.entries({ ...dataset.attrs, ...attributes });
  const isRemoved = (name: string): boolean => Object.hasOwn(attributes, name) && attributes[name] === null;
  return derivedDataset(dataset, { attrs: Object.fromEntries(merged.filter(([name]) => !isRemoved(name))) });
}
