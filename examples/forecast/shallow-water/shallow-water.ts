import type { GraphBuilder, Name } from "./graph-builder.ts";
import type { SpectralTransform } from "./spectral-transform.ts";

/** Of the Earth as Williamson et al. (1992) have it. */
export const EARTH = { radius: 6.37122e6, rotation: 7.292e-5, gravity: 9.80616 } as const;

/** Depth about which heights are expanded, in m; states may have any other mean. */
const REFERENCE_DEPTH = 1e4;

const { radius, rotation, gravity } = EARTH;
const cosine = (sine: number): number => Math.sqrt(1 - sine ** 2);
const laplacian = (n: number): number => (n * (n + 1)) / radius ** 2; // times -1
const inverse = (n: number): number => (n === 0 ? 0 : radius / (n * (n + 1)));

/**
 * The shallow-water equations in vorticity and divergence form, in spherical harmonics. A state is the spectrum of
 * vorticity, divergence and height above the reference depth.
 * @see Hack and Jakob (1992), doi:10.5065/D64T6G8M
 * @see Williamson et al. (1992), doi:10.1016/S0021-9991(05)80016-6
 */
export class ShallowWater {
  readonly #graph: GraphBuilder;
  readonly #transform: SpectralTransform;

  constructor(graph: GraphBuilder, transform: SpectralTransform) {
    this.#graph = graph;
    this.#transform = transform;
  }

  /** @param fields grid of u, v in m s-1 and height in m */
  fromGrid(fields: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const scale = (sine: number): number => 1 / (radius * cosine(sine));
    const wind = graph.multiply(graph.take(fields, 0, [0, 1]), transform.profiles(scale, scale));
    const height = graph.take(fields, 0, [2]);
    // the mean goes its own way: in float32 it would drown the small waves
    const mean = graph.node("ReduceMean", [height], { axes: [2, 3], keepdims: 1 });
    const waves = transform.toWaves(graph.concat([wind, graph.subtract(height, mean)], 0), 3);
    const above = graph.subtract(mean, graph.constant([], [REFERENCE_DEPTH]));
    const spectrum = graph.add(
      transform.analyse(graph.take(waves, 1, [2]), 1, "values"),
      graph.multiply(graph.reshape(above, [1, 1, -1, 1, 1]), transform.constantField()),
    );
    return graph.concat([this.#curlAndDivergence(graph.take(waves, 1, [0, 1])), spectrum], 1);
  }

  /** Vorticity and divergence of waves of u and v, each over radius times cosine. */
  #curlAndDivergence(wind: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const zonal = transform.analyse(graph.take(wind, 1, [1, 0]), 2, "values");
    const meridional = transform.analyse(wind, 2, "slopes");
    const signs = transform.factors(
      () => 1,
      () => -1,
    );
    return graph.add(transform.alongLongitude(zonal), graph.multiply(meridional, signs));
  }

  /** Grid of u, v and height. */
  toGrid(state: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const perCosine = (sine: number): number => 1 / cosine(sine);
    const wind = graph.multiply(this.#wind(state), transform.profiles(perCosine, perCosine));
    const height = transform.fromWaves(transform.synthesise(graph.take(state, 1, [2]), 1, "values"), 1);
    return graph.concat([wind, graph.add(height, graph.constant([], [REFERENCE_DEPTH]))], 0);
  }

  /** Grid of u and v times cosine of latitude. */
  #wind(state: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const rotation = graph.take(state, 1, [0, 1]);
    // u cos = (∂χ/∂λ - cos² ∂ψ/∂μ)/a, v cos = (∂ψ/∂λ + cos² ∂χ/∂μ)/a, with the Laplacians of χ and ψ given
    const zonal = transform.alongLongitude(
      graph.multiply(
        graph.take(rotation, 1, [1, 0]),
        transform.factors(
          (n) => -inverse(n),
          (n) => -inverse(n),
        ),
      ),
    );
    const meridional = graph.multiply(
      rotation,
      transform.factors(inverse, (n) => -inverse(n)),
    );
    const waves = graph.add(
      transform.synthesise(zonal, 2, "values"),
      transform.synthesise(meridional, 2, "slopes"),
    );
    return transform.fromWaves(waves, 2);
  }

  /** Time derivative of a state. */
  tendency(state: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const waves = transform.toWaves(this.#fluxes(state), 5);
    // the fields of `fluxes`: 0 and 1 vorticity, 2 and 3 height, 4 energy
    const zonal = transform.analyse(graph.take(waves, 1, [0, 1, 2, 4]), 4, "values");
    const meridional = transform.analyse(graph.take(waves, 1, [1, 0, 3]), 3, "slopes");
    const signs = transform.factors(
      () => -1,
      () => 1,
      () => -1,
    );
    const along = graph.multiply(transform.alongLongitude(graph.take(zonal, 1, [0, 1, 2])), signs);
    const none = (): number => 0;
    const energy = graph.multiply(
      graph.take(zonal, 1, [3]),
      transform.factors(none, (n) => (radius / 2) * laplacian(n), none),
    );
    const waving = graph.multiply(
      graph.take(state, 1, [0, 2, 1]),
      transform.factors(
        none,
        (n) => gravity * laplacian(n),
        () => -REFERENCE_DEPTH,
      ),
    );
    return graph.add(along, meridional, energy, waving);
  }

  /** Grid of absolute vorticity times u and v, height times u and v, and u² + v²: all over radius times cosine. */
  #fluxes(state: Name): Name {
    const [graph, transform] = [this.#graph, this.#transform];
    const [rows, columns] = [transform.grid.sines.length, transform.grid.longitudes.length];
    const wind = this.#wind(state);
    const perCosine = (sine: number): number => 1 / (radius * cosine(sine) ** 2);
    const scaled = graph.multiply(wind, transform.profiles(perCosine, perCosine));
    const energy = graph.node("ReduceSum", [graph.multiply(wind, scaled), graph.integers([0])], {
      keepdims: 1,
    });
    const spectra = transform.synthesise(graph.take(state, 1, [0, 2]), 2, "values");
    const coriolis = transform.profiles(
      (sine) => 2 * rotation * sine,
      () => 0,
    );
    const carried = graph.add(transform.fromWaves(spectra, 2), coriolis);
    const products = graph.multiply(
      graph.reshape(carried, [2, 1, -1, rows, columns]),
      graph.reshape(scaled, [1, 2, -1, rows, columns]),
    );
    return graph.concat([graph.reshape(products, [4, -1, rows, columns]), energy], 0);
  }
}
