import type { TensorGeometry } from "./geometry.ts";

/** All values of a variable, as they lie in a tensor. */
export interface WholeField {
  readonly variable: string;
  /** From the first element of a time. */
  readonly offset: number;
  readonly length: number;
}

/** One level of a variable in a tensor. */
export interface FieldPlace {
  readonly variable: string;
  readonly level: number;
  /** Levels that the variable has, 1 where it has none. */
  readonly levelCount: number;
  /** Of its first cell. */
  readonly offset: number;
}

/** Whether the cells of a channel lie in a tensor as in a field: side by side, in C order of the grid. */
export function isPlanar({ tiles }: TensorGeometry): boolean {
  return tiles.every(
    ({ first, starts, count, stride }) =>
      starts.length === 1 && starts[0] === first && (stride === 1 || count === 1),
  );
}

/**
 * The variables of a tensor, where each lies there as in a field: level after level, so that a part of the tensor is the
 * field. undefined where one of them does not.
 */
export function wholeFields(places: readonly FieldPlace[], cells: number): WholeField[] | undefined {
  const byVariable = Map.groupBy(places, ({ variable }) => variable);
  const fields: WholeField[] = [];
  for (const [variable, levels] of byVariable) {
    const { levelCount, offset } = levels.reduce((first, one) => (one.level < first.level ? one : first));
    const isWhole =
      levels.length === levelCount && levels.every((one) => one.offset === offset + one.level * cells);
    if (!isWhole) return undefined;
    fields.push({ variable, offset, length: levelCount * cells });
  }
  return fields;
}
