import { exponentialDecay } from "./exact-functions.ts";

/** Mean radius of the Earth. */
export const EARTH_KM = 6371;
/** Wavelengths of 28 km; what is shorter is left out. */
const MAX_DEGREE = 1440;
/** Share of the variance below which the rest of the spectrum is left out. */
const NEGLIGIBLE = 1e-10;

/**
 * Amplitudes √C(l) of spherical harmonics of degree l, each of whose 2l + 1 orders has a random factor: their field has
 * variance 1 everywhere, and its correlation over a distance d is exp(−d²/(2·km²)). That is the heat kernel,
 * C(l) ∝ exp(−l(l+1)(km/R)²/2).
 */
export function spectralAmplitudes(km: number): Float64Array {
  const radians = km / EARTH_KM;
  const ratio = exponentialDecay(radians * radians);
  const weights = [1];
  let [weight, factor, total] = [1, 1, 1];
  for (let degree = 1; degree <= MAX_DEGREE; degree += 1) {
    factor *= ratio;
    weight *= factor;
    const share = (2 * degree + 1) * weight;
    if (share < NEGLIGIBLE * total) break;
    total += share;
    weights.push(weight);
  }
  return Float64Array.from(weights, (value) => Math.sqrt(value / total));
}
