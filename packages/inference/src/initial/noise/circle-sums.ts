import { cosineAndSine } from "./exact-functions.ts";
import { InverseFourier } from "./fourier.ts";

/** Of two rings, north and south, the factors of cos mλ and sin mλ: four numbers an order m. */
export type RingPair = Float64Array;

/** Puts Fourier sums of two rings at all longitudes. */
export interface CircleSums {
  evaluate(pair: RingPair, north: Float64Array, south: Float64Array): void;
}

const ROUNDING = 1e-9;

/** By Fourier's transform where longitudes go once around in equal steps, else one by one. */
export function circleSums(longitudes: readonly number[], orders: number): CircleSums {
  const [first = 0, second = 0] = longitudes;
  const step = second - first;
  const count = longitudes.length;
  const isCircle =
    count > 1 &&
    Math.abs(Math.abs(step) * count - 360) < ROUNDING * 360 &&
    longitudes.every((longitude, at) => Math.abs(longitude - first - at * step) < ROUNDING * 360);
  return isCircle ? transformed(first, step > 0 ? count : -count, orders) : summed(longitudes, orders);
}

/** @param signedCount negative where longitudes go west */
function transformed(first: number, signedCount: number, orders: number): CircleSums {
  const count = Math.abs(signedCount);
  const phases = Array.from({ length: orders }, (_, order) => cosineAndSine(turned(first * order)));
  const fourier = new InverseFourier(count);
  const input = new Float64Array(2 * count);
  const output = new Float64Array(2 * count);
  const add = (place: number, real: number, imaginary: number): void => {
    input[2 * place] = (input[2 * place] ?? 0) + real;
    input[2 * place + 1] = (input[2 * place + 1] ?? 0) + imaginary;
  };
  return {
    evaluate(pair, north, south) {
      input.fill(0);
      for (const [order, { cosine, sine }] of phases.entries()) {
        // (A − iB)·exp(imλ₀)/2 of each ring; north is the real part of what comes out, south the imaginary one
        const a = pair[4 * order] ?? 0;
        const b = pair[4 * order + 1] ?? 0;
        const c = pair[4 * order + 2] ?? 0;
        const d = pair[4 * order + 3] ?? 0;
        const ax = (a * cosine + b * sine) / 2;
        const ay = (a * sine - b * cosine) / 2;
        const cx = (c * cosine + d * sine) / 2;
        const cy = (c * sine - d * cosine) / 2;
        const place = (signedCount > 0 ? order : count - (order % count)) % count;
        add(place, ax - cy, ay + cx);
        add((count - place) % count, ax + cy, cx - ay);
      }
      fourier.transform(input, output);
      for (let at = 0; at < count; at += 1) {
        north[at] = output[2 * at] ?? 0;
        south[at] = output[2 * at + 1] ?? 0;
      }
    },
  };
}

/** Horner's scheme in exp(iλ). */
function summed(longitudes: readonly number[], orders: number): CircleSums {
  const turns = longitudes.map((longitude) => cosineAndSine(turned(longitude)));
  return {
    evaluate(pair, north, south) {
      for (const [at, { cosine, sine }] of turns.entries()) {
        let nx = 0;
        let ny = 0;
        let sx = 0;
        let sy = 0;
        for (let place = 4 * (orders - 1); place >= 0; place -= 4) {
          const x = nx * cosine - ny * sine + (pair[place] ?? 0);
          ny = nx * sine + ny * cosine - (pair[place + 1] ?? 0);
          nx = x;
          const u = sx * cosine - sy * sine + (pair[place + 2] ?? 0);
          sy = sx * sine + sy * cosine - (pair[place + 3] ?? 0);
          sx = u;
        }
        north[at] = nx;
        south[at] = sx;
      }
    },
  };
}

function turned(degrees: number): number {
  return degrees - 360 * Math.floor(degrees / 360);
}
