import { type Accumulation, float64Of } from "../accumulation.ts";
import { castNumbers } from "../cast.ts";
import type { Kernel, KernelValues } from "../span.ts";

/** The first or last value that is there, and the place where it stands: chunks may come in any order. */
export function edges(isFirst: boolean): Accumulation {
  return {
    create: (cells) => ({
      best: new Float64Array(cells).fill(Number.NaN),
      places: new Float64Array(cells).fill(isFirst ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
    }),
    kernel: (accumulator) =>
      edgeKernel(float64Of(accumulator, "best"), float64Of(accumulator, "places"), isFirst),
    merge(into, other) {
      const [best, places] = [float64Of(into, "best"), float64Of(into, "places")];
      const [others, otherPlaces] = [float64Of(other, "best"), float64Of(other, "places")];
      for (let cell = 0; cell < best.length; cell += 1) {
        const [held = 0, place = 0] = [places[cell], otherPlaces[cell]];
        if (isFirst ? place >= held : place <= held) continue;
        places[cell] = place;
        best[cell] = others[cell] ?? Number.NaN;
      }
    },
    finish: (accumulator, { dtype }) => castNumbers(float64Of(accumulator, "best"), dtype),
  };
}

function edgeKernel(best: Float64Array, places: Float64Array, isFirst: boolean): Kernel {
  const see = (values: KernelValues, from: number, cell: number, place: number): void => {
    const value = values[from] ?? 0;
    const held = places[cell] ?? 0;
    if (Number.isNaN(value) || (isFirst ? place >= held : place <= held)) return;
    best[cell] = value;
    places[cell] = place;
  };
  return {
    rows(values, { at, length, rows, rowStep, cell, factor, factorStep, factorRowStep }) {
      for (let row = 0; row < rows; row += 1) {
        const place = factor + row * factorRowStep;
        const start = at + row * rowStep;
        for (let position = 0; position < length; position += 1) {
          see(values, start + position, cell + position, place + position * factorStep);
        }
      }
    },
    run(values, { at, length, step, cell, factor, factorStep }) {
      for (let position = 0; position < length; position += 1) {
        see(values, at + position * step, cell, factor + position * factorStep);
      }
    },
  };
}
