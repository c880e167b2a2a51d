import type { ByteCursor } from "./byte-cursor.ts";
import { notSupported } from "./damaged.ts";

export interface Dataspace {
  /** `null`: no elements at all, not even one. */
  readonly kind: "null" | "scalar" | "simple";
  readonly shape: readonly number[];
  /** Infinity: unlimited. */
  readonly maxShape: readonly number[];
}

/** @see HDF5 File Format Specification 3.0, IV.A.2.b */
export function parseDataspace(cursor: ByteCursor): Dataspace {
  const version = cursor.u8();
  if (version !== 1 && version !== 2) throw notSupported(`a dataspace of version ${version}`);
  const rank = cursor.u8();
  const flags = cursor.u8();
  const type = cursor.u8(); // reserved in version 1
  if (version === 1) cursor.skip(4);
  const shape = Array.from({ length: rank }, () => cursor.length());
  const maxShape = flags & 1 ? Array.from({ length: rank }, () => cursor.lengthOrUnlimited()) : shape;
  if (version === 2 && type === 2) return { kind: "null", shape: [], maxShape: [] };
  return { kind: rank === 0 ? "scalar" : "simple", shape, maxShape };
}

/** Elements of the dataspace; at most 2^53, above which a product is inexact anyway. */
export function elementsOf(space: Dataspace): number {
  return space.kind === "null" ? 0 : space.shape.reduce((product, length) => product * length, 1);
}
