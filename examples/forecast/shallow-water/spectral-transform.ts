import type { GaussianGrid } from "./gaussian-grid.ts";
import type { GraphBuilder, Name } from "./graph-builder.ts";
import { legendreFunctions } from "./legendre.ts";

/** Which functions of latitude a spectrum is of: Legendre functions, or their derivatives times cos². */
export type Basis = "values" | "slopes";
type ByBasis = Readonly<Record<Basis, Name>>;

/**
 * Between a grid and spherical harmonics, as products with constant matrices. A grid has the shape [field, batch, latitude,
 * longitude], a spectrum [m, field, batch, part, n]: m is the zonal and n the total wave number, part is real or
 * imaginary. The last axis is the long one, which makes matrix products fast.
 */
export class SpectralTransform {
  readonly grid: GaussianGrid;
  /** Number of zonal, and of total, wave numbers. */
  readonly count: number;
  readonly #graph: GraphBuilder;
  readonly #fourier: { readonly toWaves: Name; readonly fromWaves: Name; readonly turn: Name };
  readonly #analysis: ByBasis;
  readonly #synthesis: ByBasis;

  constructor(graph: GraphBuilder, grid: GaussianGrid) {
    this.#graph = graph;
    this.grid = grid;
    this.count = grid.truncation + 1;
    const rows = grid.sines.length;
    const functions = legendreFunctions(grid);
    const weights = graph.constant(
      [rows, 1],
      grid.weights.map((weight) => weight / 2),
    );
    const matrices = {
      values: graph.constant([this.count, rows, this.count], functions.values),
      slopes: graph.constant([this.count, rows, this.count], functions.slopes),
    };
    this.#analysis = {
      values: graph.multiply(matrices.values, weights),
      slopes: graph.multiply(matrices.slopes, weights),
    };
    this.#synthesis = {
      values: graph.transpose(matrices.values, [0, 2, 1]),
      slopes: graph.transpose(matrices.slopes, [0, 2, 1]),
    };
    this.#fourier = fourierMatrices(graph, this.count, grid.longitudes);
  }

  /** Fields of the grid as waves along longitude: [m, field, batch, part, latitude]. */
  toWaves(fields: Name, count: number): Name {
    const [rows, graph] = [this.grid.sines.length, this.#graph];
    const waves = graph.matmul(fields, this.#fourier.toWaves);
    return graph.transpose(graph.reshape(waves, [count, -1, rows, this.count, 2]), [3, 0, 1, 4, 2]);
  }

  fromWaves(waves: Name, count: number): Name {
    const [rows, graph] = [this.grid.sines.length, this.#graph];
    const turned = graph.transpose(waves, [1, 2, 4, 0, 3]);
    return graph.matmul(graph.reshape(turned, [count, -1, rows, 2 * this.count]), this.#fourier.fromWaves);
  }

  /** Coefficients of waves: their integral over latitude with the functions of a basis. */
  analyse(waves: Name, count: number, basis: Basis): Name {
    return this.#alongLatitude(waves, count, {
      from: this.grid.sines.length,
      to: this.count,
      matrix: this.#analysis[basis],
    });
  }

  /** Waves that have these coefficients. */
  synthesise(spectrum: Name, count: number, basis: Basis): Name {
    return this.#alongLatitude(spectrum, count, {
      from: this.count,
      to: this.grid.sines.length,
      matrix: this.#synthesis[basis],
    });
  }

  #alongLatitude(
    what: Name,
    count: number,
    { from, to, matrix }: { readonly from: number; readonly to: number; readonly matrix: Name },
  ): Name {
    const flat = this.#graph.reshape(what, [this.count, -1, from]);
    return this.#graph.reshape(this.#graph.matmul(flat, matrix), [this.count, count, -1, 2, to]);
  }

  /** Derivative in longitude of waves or a spectrum: i·m times it. */
  alongLongitude(what: Name): Name {
    return this.#graph.multiply(this.#graph.take(what, 3, [1, 0]), this.#fourier.turn);
  }

  /** Spectrum of the field that is 1 everywhere. */
  constantField(): Name {
    const values = new Float32Array(2 * this.count ** 2);
    values[0] = 1;
    return this.#graph.constant([this.count, 1, 1, 2, this.count], values);
  }

  /** A constant by field and total wave number, to multiply a spectrum with. */
  factors(...fields: readonly ((n: number) => number)[]): Name {
    const values = fields.flatMap((factor) => Array.from({ length: this.count }, (_, n) => factor(n)));
    return this.#graph.constant([fields.length, 1, 1, this.count], values);
  }

  /** A constant by field and latitude, to multiply a grid with. */
  profiles(...fields: readonly ((sine: number) => number)[]): Name {
    const values = fields.flatMap((profile) => Array.from(this.grid.sines, profile));
    return this.#graph.constant([fields.length, 1, this.grid.sines.length, 1], values);
  }
}

function fourierMatrices(
  graph: GraphBuilder,
  count: number,
  { length }: Float64Array,
): { readonly toWaves: Name; readonly fromWaves: Name; readonly turn: Name } {
  const toWaves = new Float64Array(length * 2 * count);
  const fromWaves = new Float64Array(2 * count * length);
  for (let m = 0; m < count; m++) {
    for (let column = 0; column < length; column++) {
      const angle = (2 * Math.PI * ((m * column) % length)) / length;
      const parts = [Math.cos(angle), -Math.sin(angle)];
      for (const [part, value] of parts.entries()) {
        toWaves[column * 2 * count + 2 * m + part] = value / length;
        fromWaves[(2 * m + part) * length + column] = (m === 0 ? 1 : 2) * value;
      }
    }
  }
  return {
    toWaves: graph.constant([length, 2 * count], toWaves),
    fromWaves: graph.constant([2 * count, length], fromWaves),
    turn: graph.constant([count, 1, 1, 2, 1], Array.from({ length: count }, (_, m) => [-m, m]).flat()),
  };
}
