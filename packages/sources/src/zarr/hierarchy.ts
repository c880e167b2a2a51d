import { GatewayError } from "@zarr-gateway/primitives";
import { isStoreKey } from "@zarr-gateway/stores";
import { damaged, type JsonObject, type ZarrDocument } from "./read-document.ts";

/** An array as its metadata describe it, not yet understood. */
export interface ZarrArrayNode {
  /** Key of its document, for messages. */
  readonly key: string;
  /** `zarr.json` or `.zarray`. */
  readonly document: JsonObject;
  readonly attrs: JsonObject;
  /** What NetCDF-C keeps beside: dimension names of v2 arrays that have no `_ARRAY_DIMENSIONS`. */
  readonly nczarr?: JsonObject;
}

/** All groups and arrays of a store by path ("" is the root), in stored order, and where that was read. */
export interface ZarrHierarchy {
  readonly zarrFormat: 2 | 3;
  /** Attributes of the groups. */
  readonly groups: ReadonlyMap<string, JsonObject>;
  readonly arrays: ReadonlyMap<string, ZarrArrayNode>;
  readonly documents: readonly ZarrDocument[];
  /** Keys that did not exist and would change the meaning if they did. */
  readonly absent: readonly string[];
  /** Folder names below each group that was listed; empty where all came from consolidated metadata. */
  readonly listed: ReadonlyMap<string, readonly string[]>;
}

export interface HierarchyLimits {
  readonly maxNodes: number;
  readonly maxDepth: number;
}

/** Larger than any store of one dataset that was seen; what is more is a folder of datasets, or an attack. */
export const HIERARCHY_LIMITS: HierarchyLimits = { maxNodes: 20_000, maxDepth: 32 };

/** @throws GatewayError upstream for a path that no store can have, unsupported past the limits */
export function assertNodePath(path: string, key: string, limits: HierarchyLimits): void {
  if (path !== "" && !isStoreKey(path)) throw damaged(key, `"${path}" is not a path`);
  if (path.split("/").length > limits.maxDepth) throw tooMuch(`groups nested deeper than ${limits.maxDepth}`);
}

export function assertNodeCount(count: number, limits: HierarchyLimits): void {
  if (count > limits.maxNodes) throw tooMuch(`more than ${limits.maxNodes} groups and arrays`);
}

function tooMuch(what: string): GatewayError {
  return new GatewayError("unsupported", `the store has ${what}`);
}
