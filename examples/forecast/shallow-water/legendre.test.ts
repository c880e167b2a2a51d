import { expect, it } from "vitest";
import { gaussianGrid } from "./gaussian-grid.ts";
import { legendreFunctions } from "./legendre.ts";

const grid = gaussianGrid(42, 64, 128);
const count = grid.truncation + 1;

it("refuses a grid on which products would be aliased", () => {
  expect(() => gaussianGrid(43, 64, 128)).toThrow("64 x 128 points are too few for T43");
});

it("has weights that integrate polynomials up to degree 127 exactly", () => {
  for (const degree of [0, 2, 64, 126]) {
    const integral = grid.sines.reduce((sum, sine, row) => sum + grid.weights[row]! * sine ** degree, 0);
    expect(integral).toBeCloseTo(2 / (degree + 1), 13);
  }
});

it("makes functions that are orthogonal, of mean square 1, and an integral of their slopes", () => {
  const { values, slopes } = legendreFunctions(grid);
  const at = (m: number, row: number, n: number): number => (m * grid.sines.length + row) * count + n;
  const mean = (product: (row: number) => number): number =>
    grid.sines.reduce((sum, _, row) => sum + (grid.weights[row]! / 2) * product(row), 0);
  for (const m of [0, 2, 18, 42]) {
    for (let n = m; n < count; n += 5) {
      for (let other = m; other < count; other += 5) {
        const product = mean((row) => values[at(m, row, n)]! * values[at(m, row, other)]!);
        expect(product).toBeCloseTo(n === other ? 1 : 0, 11);
      }
      // ∫ (1 - μ²) P' dμ = ∫ 2 μ P dμ by parts
      const slope = mean((row) => slopes[at(m, row, n)]!);
      expect(slope).toBeCloseTo(
        mean((row) => 2 * grid.sines[row]! * values[at(m, row, n)]!),
        10,
      );
    }
  }
});
