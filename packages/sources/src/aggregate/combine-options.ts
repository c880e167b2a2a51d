import type { Overlap } from "./coordinate-order.ts";

/** One step of combining files, from the outermost dimension inwards. */
export type CombineLevel = NewDimension | AlongDimension;

/** Files that follow each other along a dimension they have. */
export interface AlongDimension {
  readonly along: string;
  /** Whose values are used where two files overlap; refused where absent. */
  readonly overlap?: Overlap;
}

/** Files of which each, or each group of some, is one position of a dimension that they have not. */
export interface NewDimension {
  readonly new: string;
  /** Absent: the scalar variable of that name in each file. */
  readonly values?: NewValues;
}

export type NewValues =
  /** One for each entry of the list of locations. */
  | { readonly kind: "list"; readonly values: readonly (string | number)[] }
  /** What the first group of the pattern matches in the file's name, or its path below the folder or glob. */
  | { readonly kind: "pattern"; readonly from: "name" | "path"; readonly pattern: string };
