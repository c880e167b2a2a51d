/** For every pixel the cell that lies there, −1 where none does; rows from the top. */
export interface CellRaster {
  readonly width: number;
  readonly height: number;
  readonly cells: Int32Array;
}

/** What the picture shows, in the units of its axes: degrees, metres, numbers of cells. `top` may be below `bottom`. */
export interface MapWindow {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface RasterSize {
  readonly width: number;
  readonly height: number;
}

/** Cells of two axes, rising or falling; with `period` 360 the axis x goes around. */
export function axesRaster(
  x: Float64Array,
  y: Float64Array,
  window: MapWindow,
  size: RasterSize,
  period?: number,
): CellRaster {
  const { width, height } = size;
  const cells = new Int32Array(width * height).fill(-1);
  const column = nearest(x, period);
  const row = nearest(y);
  const columns = Int32Array.from({ length: width }, (_, px) =>
    column(window.left + ((px + 0.5) / width) * (window.right - window.left)),
  );
  for (let py = 0; py < height; py += 1) {
    const line = row(window.top + ((py + 0.5) / height) * (window.bottom - window.top));
    if (line < 0) continue;
    for (let px = 0; px < width; px += 1) {
      const at = columns[px] ?? -1;
      if (at >= 0) cells[py * width + px] = line * x.length + at;
    }
  }
  return { width, height, cells };
}

/** The position whose coordinate is nearest; −1 further out than half a step. */
function nearest(axis: Float64Array, period?: number): (value: number) => number {
  const turned = (value: number): number =>
    period === undefined ? value : ((value % period) + period) % period;
  const known = [...axis.keys()]
    .filter((position) => Number.isFinite(axis[position]))
    .map((position) => ({ position, value: turned(axis[position] ?? 0) }))
    .sort((a, b) => a.value - b.value);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return () => -1;
  if (period !== undefined) {
    known.unshift({ position: last.position, value: last.value - period });
    known.push({ position: first.position, value: first.value + period });
  }
  const steps = known.slice(1).map(({ value }, at) => value - (known[at]?.value ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1;
  return (value) => {
    const wanted = turned(value);
    let low = 0;
    let high = known.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.value ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    const [below, above] = [known[low - 1], known[low]];
    const best =
      below && above && wanted - below.value < above.value - wanted ? below : (above ?? below ?? first);
    const gap = Math.abs(best.value - wanted);
    const between = below && above && above.value - below.value <= 3 * usual;
    return gap <= usual * 0.5001 || between ? best.position : -1;
  };
}

/** Places of cells in degrees; the longitudes may be of any convention. */
export interface Places {
  readonly longitudes: Float64Array;
  readonly latitudes: Float64Array;
}

/** A grid with a place for each cell: every cell is a four-sided figure around its place, as far as half-way to the next. */
export function quadRaster(places: Places, columns: number, window: MapWindow, size: RasterSize): CellRaster {
  const raster = emptyRaster(size);
  const rows = Math.floor(places.longitudes.length / columns);
  const project = projection(window, size);
  const corners = new Float64Array(8);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const cell = row * columns + column;
      const middle = places.longitudes[cell] ?? Number.NaN;
      if (!Number.isFinite(middle) || Math.abs(places.latitudes[cell] ?? 99) > 90.001) continue;
      for (const [corner, [down, right]] of CORNERS.entries()) {
        const place = cornerPlace(places, { row, column, rows, columns, down, right });
        const [px, py] = project(place.longitude, place.latitude, middle);
        corners[2 * corner] = px;
        corners[2 * corner + 1] = py;
      }
      fillQuad(raster, corners, cell, size.width * (360 / (window.right - window.left)));
    }
  }
  return raster;
}

const CORNERS = [
  [-1, -1],
  [-1, 1],
  [1, 1],
  [1, -1],
] as const;

interface Corner {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly right: number;
}

/** The mean of the four cells that meet there; at the edge of the grid as far out as the neighbour lies in. */
function cornerPlace(
  { longitudes, latitudes }: Places,
  { row, column, rows, columns, down, right }: Corner,
): { longitude: number; latitude: number } {
  const own = row * columns + column;
  const lon = longitudes[own] ?? 0;
  const lat = latitudes[own] ?? 0;
  /** To a neighbour; beyond the edge of the grid as far as the one on the other side. */
  const step = (byRow: number, byColumn: number): readonly [number, number] => {
    const [toRow, toColumn] = [row + byRow, column + byColumn];
    const isInside = toRow >= 0 && toRow < rows && toColumn >= 0 && toColumn < columns;
    const sign = isInside ? 1 : -1;
    const at = (row + sign * byRow) * columns + column + sign * byColumn;
    const dLon = wrapped((longitudes[at] ?? Number.NaN) - lon);
    const dLat = (latitudes[at] ?? Number.NaN) - lat;
    // neighbours without a place, and jumps where a grid is folded, make no cell across the map
    if (!Number.isFinite(dLon) || Math.abs(dLat) > 20 || Math.abs(dLon) > 60) return [0, 0];
    return [sign * dLon, sign * dLat];
  };
  const [a, b] = [step(down, 0), step(0, right)];
  const isEdge = row + down < 0 || row + down >= rows || column + right < 0 || column + right >= columns;
  const c = isEdge ? [a[0] + b[0], a[1] + b[1]] : step(down, right);
  return {
    longitude: lon + (a[0] + b[0] + (c[0] ?? 0)) / 4,
    latitude: lat + (a[1] + b[1] + (c[1] ?? 0)) / 4,
  };
}

function wrapped(difference: number): number {
  return difference > 180 ? difference - 360 : difference < -180 ? difference + 360 : difference;
}

/** Places that belong to no grid, as dots: smaller the more there are. */
export function dotRaster(places: Places, window: MapWindow, size: RasterSize): CellRaster {
  const raster = emptyRaster(size);
  const project = projection(window, size);
  const area = size.width * size.height;
  const half = Math.max(1.5, Math.min(9, 0.75 * Math.sqrt(area / Math.max(1, places.longitudes.length))));
  const corners = new Float64Array(8);
  for (const [cell, longitude] of places.longitudes.entries()) {
    const latitude = places.latitudes[cell] ?? Number.NaN;
    if (!Number.isFinite(longitude) || !(Math.abs(latitude) <= 90.001)) continue;
    const [px, py] = project(longitude, latitude, longitude);
    // meridians come together at the poles: a dot there is as wide as it stands for
    const wide = half / Math.max(0.06, Math.cos((latitude * Math.PI) / 180));
    corners.set([px - wide, py - half, px + wide, py - half, px + wide, py + half, px - wide, py + half]);
    fillQuad(raster, corners, cell, size.width * (360 / (window.right - window.left)));
  }
  return raster;
}

function emptyRaster({ width, height }: RasterSize): CellRaster {
  return { width, height, cells: new Int32Array(width * height).fill(-1) };
}

type Projection = (longitude: number, latitude: number, near: number) => readonly [px: number, py: number];

/** Longitudes are turned so that `near` lies right of the window's left edge. */
function projection(window: MapWindow, { width, height }: RasterSize): Projection {
  const { left, right, top, bottom } = window;
  return (longitude, latitude, near) => {
    const turn = Math.floor((near - left) / 360) * 360;
    return [
      ((longitude - turn - left) / (right - left)) * width,
      ((latitude - top) / (bottom - top)) * height,
    ];
  };
}

/** Fills a convex figure, and its copy one turn to the left, where it reaches beyond the right edge. */
function fillQuad(raster: CellRaster, corners: Float64Array, cell: number, turn: number): void {
  for (const shift of [0, -turn]) {
    const [x0, y0, x1, y1, x2, y2, x3, y3] = corners as unknown as readonly number[] & { length: 8 }; // eight numbers
    const xs = [x0 ?? 0, x1 ?? 0, x2 ?? 0, x3 ?? 0].map((value) => value + shift);
    const ys = [y0 ?? 0, y1 ?? 0, y2 ?? 0, y3 ?? 0];
    if (Math.max(...xs) < 0 || Math.min(...xs) > raster.width) continue;
    fillFigure(raster, xs, ys, cell);
  }
}

/** By lines of pixels; a figure smaller than a pixel fills the one it lies in. */
function fillFigure(raster: CellRaster, xs: readonly number[], ys: readonly number[], cell: number): void {
  const { width, height, cells } = raster;
  const top = Math.max(0, Math.floor(Math.min(...ys)));
  const bottom = Math.min(height - 1, Math.floor(Math.max(...ys)));
  for (let py = top; py <= bottom; py += 1) {
    let left = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    const line = Math.min(Math.max(py + 0.5, Math.min(...ys)), Math.max(...ys));
    for (let side = 0; side < xs.length; side += 1) {
      const next = (side + 1) % xs.length;
      const [ya, yb] = [ys[side] ?? 0, ys[next] ?? 0];
      if (line < Math.min(ya, yb) || line > Math.max(ya, yb)) continue;
      const part = ya === yb ? 0 : (line - ya) / (yb - ya);
      const x = (xs[side] ?? 0) + part * ((xs[next] ?? 0) - (xs[side] ?? 0));
      left = Math.min(left, x, ya === yb ? (xs[next] ?? x) : x);
      right = Math.max(right, x, ya === yb ? (xs[next] ?? x) : x);
    }
    const from = Math.max(0, Math.floor(left));
    const to = Math.min(width - 1, Math.max(Math.ceil(right) - 1, Math.floor(left)));
    for (let px = from; px <= to; px += 1) cells[py * width + px] = cell;
  }
}
