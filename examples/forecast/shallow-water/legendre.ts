import type { GaussianGrid } from "./gaussian-grid.ts";

/** Values by zonal wave number m, latitude and total wave number n, in C order; 0 where n < m. */
export interface LegendreFunctions {
  /** Associated Legendre functions, normalised to a mean square of 1. */
  readonly values: Float64Array;
  /** Their derivatives in the sine of latitude, times cos². */
  readonly slopes: Float64Array;
}

/** @see Krishnamurti et al. (2006), An Introduction to Global Spectral Modeling, chapter 6 */
export function legendreFunctions({ truncation, sines }: GaussianGrid): LegendreFunctions {
  const [count, rows] = [truncation + 1, sines.length];
  const values = new Float64Array(count * rows * count);
  const slopes = new Float64Array(values.length);
  let sectoral = sines.map(() => 1); // n = m
  for (let m = 0; m < count; m++) {
    if (m > 0)
      sectoral = sectoral.map(
        (value, row) => value * Math.sqrt((1 - sines[row]! ** 2) * ((2 * m + 1) / (2 * m))),
      );
    for (let row = 0; row < rows; row++) {
      const column = legendreColumn(m, truncation + 1, { sine: sines[row]!, sectoral: sectoral[row]! });
      for (let n = m; n < count; n++) {
        const at = (m * rows + row) * count + n;
        values[at] = column[n]!;
        slopes[at] = (n + 1) * ratio(m, n) * (column[n - 1] ?? 0) - n * ratio(m, n + 1) * column[n + 1]!;
      }
    }
  }
  return { values, slopes };
}

/** Of one m and one latitude, for n = 0 … last. */
function legendreColumn(
  m: number,
  last: number,
  { sine, sectoral }: { readonly sine: number; readonly sectoral: number },
): Float64Array {
  const column = new Float64Array(last + 1);
  column[m] = sectoral;
  for (let n = m + 1; n <= last; n++)
    column[n] = (sine * column[n - 1]! - ratio(m, n - 1) * (column[n - 2] ?? 0)) / ratio(m, n);
  return column;
}

/** ε of the recurrence: √((n² − m²)/(4n² − 1)). */
const ratio = (m: number, n: number): number => Math.sqrt((n ** 2 - m ** 2) / (4 * n ** 2 - 1));
