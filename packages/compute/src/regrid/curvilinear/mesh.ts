import { chord, isKnown, type SpherePoints } from "./sphere.ts";

/** A grid whose points have two-dimensional coordinates. */
export interface Mesh {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly points: SpherePoints;
  /** True where the last column has the first one for its neighbour. */
  readonly isClosed: boolean;
}

export function meshOf(rows: number, columns: number, points: SpherePoints): Mesh {
  return { rows, columns, points, isClosed: closes(rows, columns, points) };
}

/** Corners of a quadrilateral between four neighbouring points, in turn; undefined at the end of an open row. */
export function quadCorners(
  { rows, columns, isClosed }: Mesh,
  quad: number,
): readonly [number, number, number, number] | undefined {
  const row = Math.floor(quad / columns);
  const column = quad % columns;
  if (row + 1 >= rows || (column + 1 >= columns && !isClosed)) return undefined;
  const next = (column + 1) % columns;
  const below = (row + 1) * columns;
  return [row * columns + column, row * columns + next, below + next, below + column];
}

/** The gap between the ends of the rows is no wider than one between neighbours. */
function closes(rows: number, columns: number, points: SpherePoints): boolean {
  if (columns < 4) return false;
  let [ends, inside, compared] = [0, 0, 0];
  for (let row = 0; row < rows; row += Math.max(1, Math.floor(rows / 32))) {
    const [first, last] = [row * columns, (row + 1) * columns - 1];
    const middle = first + Math.floor(columns / 2);
    if (![first, last, middle, middle + 1].every((at) => isKnown(points, at))) continue;
    ends += chord(points, first, last);
    inside += chord(points, middle, middle + 1);
    compared += 1;
  }
  return compared > 0 && ends <= 2 * inside;
}
