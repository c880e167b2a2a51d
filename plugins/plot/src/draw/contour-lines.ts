/** Receives one piece of a line, between positions of the grid: column and row, with fractions. */
export type PutSegment = (x0: number, y0: number, x1: number, y1: number) => void;

interface Field {
  readonly values: Float32Array | Float64Array;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Lines of equal value between the middles of cells (marching squares); none where one of the four values is missing. In
 * saddles the mean decides which corners belong together.
 */
export function contourLine({ values, columns, rows }: Field, level: number, put: PutSegment): void {
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const at = row * columns + column;
      // around the square: the four values as they follow each other
      const a = values[at] as number; // all four lie inside
      const b = values[at + 1] as number;
      const c = values[at + columns + 1] as number;
      const d = values[at + columns] as number;
      const sum = a + b + c + d;
      if (Number.isNaN(sum)) continue;
      const code =
        Number(a >= level) |
        (Number(b >= level) << 1) |
        (Number(c >= level) << 2) |
        (Number(d >= level) << 3);
      if (code === 0 || code === 15) continue;
      const top = column + (level - a) / (b - a);
      const right = row + (level - b) / (c - b);
      const bottom = column + (level - d) / (c - d);
      const left = row + (level - a) / (d - a);
      const isHighMiddle = sum / 4 >= level;
      draw(code, isHighMiddle, { top, right, bottom, left, column, row }, put);
    }
  }
}

interface Square {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
  readonly column: number;
  readonly row: number;
}

function draw(code: number, isHighMiddle: boolean, square: Square, put: PutSegment): void {
  const { top, right, bottom, left, column, row } = square;
  const topLeft = (): void => put(top, row, column, left);
  const topRight = (): void => put(top, row, column + 1, right);
  const bottomRight = (): void => put(column + 1, right, bottom, row + 1);
  const bottomLeft = (): void => put(column, left, bottom, row + 1);
  if (code === 1 || code === 14) topLeft();
  else if (code === 2 || code === 13) topRight();
  else if (code === 4 || code === 11) bottomRight();
  else if (code === 8 || code === 7) bottomLeft();
  else if (code === 3 || code === 12) put(column, left, column + 1, right);
  else if (code === 6 || code === 9) put(top, row, bottom, row + 1);
  else if ((code === 5) === isHighMiddle) {
    topRight();
    bottomLeft();
  } else {
    topLeft();
    bottomRight();
  }
}
