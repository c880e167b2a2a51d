/** A grid on which products of two truncated fields are integrated exactly. */
export interface GaussianGrid {
  /** Greatest total wave number of a field: triangular truncation. */
  readonly truncation: number;
  /** Sine of latitude, north to south. */
  readonly sines: Float64Array;
  /** Gauss weights, their sum is 2. */
  readonly weights: Float64Array;
  /** Degrees north. */
  readonly latitudes: Float64Array;
  /** Degrees east. */
  readonly longitudes: Float64Array;
}

/** @param truncation T: at least (3T + 1)/2 latitudes and 3T + 1 longitudes make quadratic terms free of aliasing */
export function gaussianGrid(truncation: number, rows: number, columns: number): GaussianGrid {
  if (2 * rows < 3 * truncation + 1 || columns < 3 * truncation + 1)
    throw new Error(`${rows} x ${columns} points are too few for T${truncation}`);
  const sines = new Float64Array(rows);
  const weights = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const { root, slope } = legendreRoot(rows, Math.cos((Math.PI * (row + 0.75)) / (rows + 0.5)));
    sines[row] = root;
    weights[row] = 2 / ((1 - root ** 2) * slope ** 2);
  }
  return {
    truncation,
    sines,
    weights,
    latitudes: sines.map((sine) => (Math.asin(sine) * 180) / Math.PI),
    longitudes: Float64Array.from({ length: columns }, (_, column) => (360 * column) / columns),
  };
}

/** Newton's iteration on the Legendre polynomial of that degree. */
function legendreRoot(degree: number, guess: number): { readonly root: number; readonly slope: number } {
  let root = guess;
  for (let iteration = 0; iteration < 20; iteration++) {
    let [before, value] = [1, root];
    for (let n = 2; n <= degree; n++)
      [before, value] = [value, ((2 * n - 1) * root * value - (n - 1) * before) / n];
    const slope = (degree * (before - root * value)) / (1 - root ** 2);
    const step = value / slope;
    root -= step;
    if (Math.abs(step) < 1e-15) return { root, slope };
  }
  throw new Error(`no root of the Legendre polynomial of degree ${degree} near ${guess}`);
}
