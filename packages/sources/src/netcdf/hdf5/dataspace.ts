import type { ByteCursor } from "./byte-cursor.ts";
import { notSupported } from "./damaged.ts";

export interface Dataspace {
  /** `null`: no elements at all, not even one. */
  readonly kind: "null" | "scalar" | "simple";
  readonly shape: readonly number[];
  /** Infinity: unlimited. */
  readonly maxShape: readonly number[];
}

/** Of most attributes. */
const SCALAR: Dataspace = { kind: "scalar", shape: [], maxShape: [] };

/** @see HDF5 File Format Specification 3.0, IV.A.2.b */
export function parseDataspace(cursor: ByteCursor): Dataspace {
  const version = cursor.u8();
  if (version !== 1 && version !== 2) throw notSupported(`a dataspace of version ${version}`);
  const rank = cursor.u8();
  const flags = cursor.u8();
  const type = cursor.u8(); // reserved in version 1
  if (version === 1) cursor.skip(4);
  if (version === 2 && type === 2) return { kind: "null", shape: [], maxShape: [] };
  if (rank === 0) return SCALAR;
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) shape.push(cursor.length());
  if (!(flags & 1)) return { kind: "simple", shape, maxShape: shape };
  const maxShape: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) maxShape.push(cursor.lengthOrUnlimited());
  return { kind: "simple", shape, maxShape };
}

/** Elements of the dataspace; at most 2^53, above which a product is inexact anyway. */
export function elementsOf(space: Dataspace): number {
  if (space.kind === "null") return 0;
  let count = 1;
  for (const length of space.shape) count *= length;
  return count;
}
