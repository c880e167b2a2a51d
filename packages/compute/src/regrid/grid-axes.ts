import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, SingleFlight, type WorkerPool } from "@zarr-gateway/primitives";
import { axisWeights, type SourceAxis } from "./axis-weights.ts";
import type { CellOutlines } from "./curvilinear/cell-corners.ts";
import { type PlaneJob, planeWeights } from "./curvilinear/plane-weights.ts";
import type { RegridStep } from "./regrid-arguments.ts";
import type { RegridAxes } from "./regrid-axes.ts";
import { MAKE_WEIGHTS } from "./regrid-worker.ts";
import { boundsOf, degreesOf, type SourceGrid } from "./source-grid.ts";
import { targetGrid, targetShape } from "./target-grid.ts";
import { isComplete, type Weights } from "./weights.ts";

export interface GridServices extends CallOptions {
  readonly dataset: Dataset;
  readonly step: RegridStep;
  readonly pool?: WorkerPool | undefined;
}

/** Weights of all grids of a dataset, each made once; those between points in two dimensions when they are first needed. */
export class GridAxes {
  readonly #services: GridServices;
  readonly #known = new Map<Variable, Promise<Weights>>();
  readonly #planes = new Map<
    Variable,
    { weights: Weights | undefined; readonly flights: SingleFlight<string, Weights> }
  >();

  constructor(services: GridServices) {
    this.#services = services;
  }

  /** Where a variable's axes lie, and what becomes of them. @throws GatewayError invalid_request where there is no way */
  async along(
    variable: Variable,
    grid: SourceGrid,
  ): Promise<{ readonly axes: RegridAxes[]; readonly isComplete: boolean }> {
    if (grid.kind === "rectilinear") {
      const both = [grid.lat, grid.lon].filter((coordinate) => coordinate !== undefined);
      const weights = await Promise.all(
        both.map((coordinate) => this.#axis(coordinate, coordinate === grid.lat)),
      );
      const axes = both.map((coordinate, at): RegridAxes => {
        const own = weights[at] as Weights; // one a coordinate
        const axis = variable.dims.indexOf(coordinate.dims[0] ?? null);
        return { axis, axes: 1, shape: [own.count], weights: () => Promise.resolve(own) };
      });
      return { axes, isComplete: weights.every(isComplete) };
    }
    const [first = null, second = first] = grid.lat.dims;
    const positions = [variable.dims.indexOf(first), variable.dims.indexOf(second)].sort((a, b) => a - b);
    const [axis = 0, last = 0] = positions;
    if (last - axis > 1) {
      throw new GatewayError(
        "unsupported",
        `"${variable.name}" has dimensions between those of its grid (${variable.dims.join(", ")}), which is not regridded`,
      );
    }
    const isTurned = grid.kind === "curvilinear" && variable.dims[axis] !== first;
    const shape = targetShape(this.#services.step.target);
    const weights = async (options: CallOptions): Promise<Weights> => {
      const own = await this.#plane(grid, options);
      return isTurned ? turned(own, grid.lat.source.grid.shape) : own;
    };
    return { axes: [{ axis, axes: grid.kind === "points" ? 1 : 2, shape, weights }], isComplete: false };
  }

  #axis(coordinate: Variable, isLatitude: boolean): Promise<Weights> {
    const known = this.#known.get(coordinate) ?? this.#makeAxis(coordinate, isLatitude);
    this.#known.set(coordinate, known);
    return known;
  }

  async #makeAxis(coordinate: Variable, isLatitude: boolean): Promise<Weights> {
    const { dataset, step, signal } = this.#services;
    const centres = await degreesOf(coordinate, { signal });
    assertUsable(coordinate, centres, isLatitude);
    const stored = step.method === "conservative" ? boundsOf(coordinate, dataset, 2) : undefined;
    const bounds = stored && (await degreesOf(stored, { signal }));
    const source: SourceAxis = { kind: isLatitude ? "latitude" : "longitude", centres, bounds };
    const target = targetGrid(step.target);
    return axisWeights(step.method, source, isLatitude ? target.lat : target.lon);
  }

  /** The reading is shared by all who wait; what is made stays with the dataset. */
  async #plane(
    grid: Extract<SourceGrid, { kind: "curvilinear" | "points" }>,
    options: CallOptions,
  ): Promise<Weights> {
    const plane = this.#planes.get(grid.lat) ?? {
      weights: undefined,
      flights: new SingleFlight<string, Weights>(),
    };
    this.#planes.set(grid.lat, plane);
    plane.weights ??= await plane.flights.run("", (shared) => this.#makePlane(grid, shared), options);
    return plane.weights;
  }

  async #makePlane(
    { kind, lat, lon }: Extract<SourceGrid, { kind: "curvilinear" | "points" }>,
    options: CallOptions,
  ): Promise<Weights> {
    const { step, pool, dataset } = this.#services;
    const [latitudes, stored] = await Promise.all([degreesOf(lat, options), degreesOf(lon, options)]);
    const longitudes = sameOrder(lat, lon, stored);
    const [rows = 1, columns = 1] = lat.source.grid.shape;
    const shape = kind === "points" ? ([1, rows] as const) : ([rows, columns] as const);
    const outlines =
      step.method === "conservative" ? await outlinesIn(dataset, lat, lon, options) : undefined;
    const job: PlaneJob = {
      method: step.method,
      target: step.target,
      shape,
      latitudes,
      longitudes,
      outlines,
    };
    return pool === undefined ? planeWeights(job) : pool.run(MAKE_WEIGHTS, job, options);
  }
}

/** Corners as the source tells them, of both coordinates. */
async function outlinesIn(
  dataset: Dataset,
  lat: Variable,
  lon: Variable,
  options: CallOptions,
): Promise<CellOutlines | undefined> {
  const [lats, lons] = [boundsOf(lat, dataset, undefined), boundsOf(lon, dataset, undefined)];
  if (lats === undefined || lons === undefined) return undefined;
  if (
    lats.source.grid.shape.join() !== lons.source.grid.shape.join() ||
    lats.dims.join() !== lons.dims.join()
  )
    return undefined;
  const corners = lats.source.grid.shape.at(-1) ?? 0;
  return { corners, latitudes: await degreesOf(lats, options), longitudes: await degreesOf(lons, options) };
}

/** Longitudes whose dimensions stand the other way round than those of the latitudes. */
function sameOrder(lat: Variable, lon: Variable, values: Float64Array): Float64Array {
  if (lat.dims.length < 2 || lat.dims[0] === lon.dims[0]) return values;
  const [rows = 0, columns = 0] = lat.source.grid.shape;
  return Float64Array.from(
    values,
    (_, at) => values[(at % columns) * rows + Math.floor(at / columns)] ?? Number.NaN,
  );
}

/** The same weights for values that lie column by column. */
function turned(weights: Weights, [rows = 1, columns = 1]: readonly number[]): Weights {
  const sources = new Int32Array(new SharedArrayBuffer(weights.sources.byteLength));
  for (const [at, source] of weights.sources.entries())
    sources[at] = (source % columns) * rows + Math.floor(source / columns);
  return { ...weights, sources };
}

function assertUsable({ name }: Variable, centres: Float64Array, isLatitude: boolean): void {
  const broken = centres.findIndex(
    (value) => !Number.isFinite(value) || (isLatitude && Math.abs(value) > 90.001),
  );
  if (broken >= 0) {
    throw new GatewayError(
      "invalid_request",
      `"${name}" has ${centres[broken]} at position ${broken}, which is no ${isLatitude ? "latitude" : "longitude"}: there is nothing to regrid by`,
    );
  }
}
