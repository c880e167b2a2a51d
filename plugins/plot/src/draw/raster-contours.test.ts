import { describe, expect, it } from "vitest";
import { rasterContours } from "./raster-contours.ts";

/** Cells of 4 × 4 pixels without an order, on a map of 80 × 40; the value grows to the right by one a pixel. */
function scattered() {
  const [width, height, side] = [80, 40, 4];
  const columns = width / side;
  const turned = (cell: number): number => (cell * 7) % (columns * (height / side)); // 7 and 200 share no factor
  const values = new Float64Array(columns * (height / side));
  const cells = Int32Array.from({ length: width * height }, (_, at) => {
    const cell = Math.floor(Math.floor(at / width) / side) * columns + Math.floor((at % width) / side);
    values[turned(cell)] = (cell % columns) * side + side / 2;
    return turned(cell);
  });
  return { cells, values, width, height };
}

describe("contours of cells without neighbours", () => {
  it("lie where the field has their value", () => {
    const raster = scattered();
    const points: number[][] = [];
    rasterContours(raster, [30], (x0, y0, x1, y1) => points.push([x0, y0], [x1, y1]));
    expect(points.length).toBeGreaterThan(8);
    for (const [x = 0] of points) expect(Math.abs(x - 30)).toBeLessThan(2);
  });

  it("leave out what is missing, and where nothing lies", () => {
    const raster = scattered();
    const halves = raster.cells.map((cell, at) => (at < raster.cells.length / 2 ? cell : -1));
    const rows: number[] = [];
    rasterContours({ ...raster, cells: halves }, [30], (_x0, y0, _x1, y1) => rows.push(y0, y1));
    expect(Math.max(...rows)).toBeLessThan(21);
    const empty = raster.values.map(() => Number.NaN);
    rasterContours({ ...raster, values: empty }, [30], () => rows.push(99));
    expect(rows).not.toContain(99);
  });
});
