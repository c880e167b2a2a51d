import { subtree } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";

/** A group of a dataset as the dataset. @param group without slashes at its ends; "" is the root */
export function inGroup(dataset: Dataset, group: string): Dataset {
  return group === "" ? dataset : subtree(dataset, group);
}
