/** Corners in pixels, or in degrees; the arrays may be longer than `count`. */
export interface Polygon {
  readonly x: Float64Array;
  readonly y: Float64Array;
  count: number;
}

interface Canvas {
  readonly cells: Int32Array;
  readonly width: number;
  readonly height: number;
}

const crossings = new Float64Array(1024);

/**
 * Gives a number to every pixel whose middle lies inside (even-odd). Neighbours with the same corners leave no gap, and
 * share no pixel, because each edge is worked out from its lower end.
 */
export function fillPolygon({ x, y, count }: Polygon, { cells, width, height }: Canvas, value: number): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let corner = 0; corner < count; corner += 1) {
    const here = y[corner] as number; // corner < count
    if (here < low) low = here;
    if (here > high) high = here;
  }
  const firstRow = Math.max(0, Math.ceil(low - 0.5));
  const lastRow = Math.min(height - 1, Math.ceil(high - 0.5) - 1);
  for (let row = firstRow; row <= lastRow; row += 1) {
    const found = crossingsAt(x, y, count, row + 0.5);
    for (let pair = 0; pair + 1 < found; pair += 2) {
      const from = Math.max(0, Math.ceil((crossings[pair] as number) - 0.5)); // pair < found
      const until = Math.min(width, Math.ceil((crossings[pair + 1] as number) - 0.5));
      for (let column = from; column < until; column += 1) cells[row * width + column] = value;
    }
  }
}

/** Where the outline crosses a row, sorted; how many there are. */
function crossingsAt(x: Float64Array, y: Float64Array, count: number, row: number): number {
  let found = 0;
  for (let corner = 0, previous = count - 1; corner < count; previous = corner, corner += 1) {
    const [y0, y1] = [y[previous] as number, y[corner] as number]; // both < count
    if (y0 <= row === y1 <= row) continue;
    const isRising = y0 < y1;
    const [from, to] = isRising ? [previous, corner] : [corner, previous];
    const [fromY, toY] = isRising ? [y0, y1] : [y1, y0];
    const [fromX, toX] = [x[from] as number, x[to] as number];
    const at = fromX + ((row - fromY) / (toY - fromY)) * (toX - fromX);
    let place = found;
    for (; place > 0 && (crossings[place - 1] as number) > at; place -= 1) {
      crossings[place] = crossings[place - 1] as number;
    }
    crossings[place] = at;
    found += 1;
  }
  return found;
}
