import { GatewayError } from "@zarr-gateway/primitives";
import { MAX_BINS } from "./time-bins.ts";

/** Positions with equal keys, as xarray's `UniqueGrouper` finds them. */
export interface LabelledGroups {
  /** Group of every position, in the order of the labels; -1 for those without a key. */
  readonly groupOf: Int32Array;
  /** A position of each group: the first that has its key. */
  readonly first: readonly number[];
}

type Key = number | bigint | string;

/**
 * Groups of equal keys in rising order; NaN and undefined belong to none. Keys of a dimension's own coordinate that all
 * differ and rise or fall are left in their order.
 */
export function labelledGroups(keys: ArrayLike<Key | undefined>, isOwnCoordinate: boolean): LabelledGroups {
  if (isOwnCoordinate && isStrictlyMonotonic(keys)) {
    const groupOf = Int32Array.from({ length: keys.length }, (_, at) => at);
    return { groupOf, first: [...groupOf] };
  }
  const firstOf = new Map<Key, number>();
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at];
    if (isKey(key) && !firstOf.has(key)) firstOf.set(key, at);
  }
  if (firstOf.size === 0)
    throw new GatewayError("invalid_request", "there is nothing to group by: all labels are missing");
  if (firstOf.size > MAX_BINS) {
    throw new GatewayError(
      "invalid_request",
      `there would be ${firstOf.size} groups, at most ${MAX_BINS} are possible`,
    );
  }
  const sorted = [...firstOf].sort(([a], [b]) => compareKeys(a, b));
  const groups = new Map(sorted.map(([key], group) => [key, group]));
  const groupOf = Int32Array.from({ length: keys.length }, (_, at) => {
    const key = keys[at];
    return isKey(key) ? (groups.get(key) ?? -1) : -1;
  });
  return { groupOf, first: sorted.map(([, at]) => at) };
}

function isKey(key: Key | undefined): key is Key {
  return key !== undefined && !Number.isNaN(key);
}

function isStrictlyMonotonic(keys: ArrayLike<Key | undefined>): boolean {
  let direction = 0;
  for (let at = 1; at < keys.length; at += 1) {
    const [before, key] = [keys[at - 1], keys[at]];
    if (!isKey(before) || !isKey(key)) return false;
    const step = compareKeys(key, before);
    if (step === 0 || step === -direction) return false;
    direction = step;
  }
  return keys.length > 0 && isKey(keys[0]);
}

/** Text by code points, as Python does, and not by UTF-16. */
function compareKeys(a: Key, b: Key): number {
  if (typeof a !== "string" || typeof b !== "string") return a < b ? -1 : Number(a > b);
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(left.length - right.length);
}
