import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { ModelState } from "../model-session.ts";
import { fillNormal, randomKey } from "../tensor/random-field.ts";

/** A normal distribution. */
interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** What the atmosphere has, roughly, by units. */
const SPREADS: Readonly<Record<string, Spread>> = {
  K: { mean: 270, std: 15 },
  degC: { mean: 5, std: 15 },
  Pa: { mean: 101_325, std: 1000 },
  hPa: { mean: 1013, std: 10 },
  "m s-1": { mean: 0, std: 10 },
  "m s**-1": { mean: 0, std: 10 },
  "m/s": { mean: 0, std: 10 },
  "kg kg-1": { mean: 0.005, std: 0.001 },
  "kg kg**-1": { mean: 0.005, std: 0.001 },
  "%": { mean: 50, std: 15 },
  mm: { mean: 0.5, std: 0.1 },
  m: { mean: 5000, std: 100 },
};
const STANDARD_GRAVITY = 9.80665;
/** Of an atmosphere of one temperature, in m; with the pressure at sea level in hPa it gives the height of a level. */
const SCALE_HEIGHT = 7400;
const SEA_LEVEL_HPA = 1013.25;

/**
 * A state of random numbers in the range of what a model knows: by the means and deviations that its networks are fed with,
 * else by units. The same numbers for the same seed, on every machine.
 */
export function plausibleState(model: ModelPackage, n: number, seed: number): ModelState {
  const points = model.grid.reduce((product, { labels }) => product * labels.length, 1);
  const state = model.variables.filter(({ role }) => role === "state");
  const entries = Array.from({ length: model.history }, (_, entry) => {
    const fields = state.map((variable) => {
      const levels = variable.levels === undefined ? [undefined] : (model.levels[variable.levels] ?? []);
      const values = new Float32Array(points * levels.length);
      levels.forEach((level, position) => {
        const field = values.subarray(position * points, (position + 1) * points);
        fillNormal(field, randomKey([seed, n - entry, variable.name]), [position, 0]);
        scale(field, spreadOf(model, variable, { position, level }), variable.clip);
      });
      return [variable.name, values] as const;
    });
    return new Map(fields);
  });
  return { n, entries };
}

function scale(values: Float32Array, { mean, std }: Spread, clip: ModelVariable["clip"]): void {
  const [low, high] = clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < values.length; i++)
    values[i] = Math.min(high, Math.max(low, mean + std * (values[i] ?? 0)));
}

interface LevelPlace {
  readonly position: number;
  /** undefined on the surface. */
  readonly level: number | undefined;
}

function spreadOf(model: ModelPackage, variable: ModelVariable, { position, level }: LevelPlace): Spread {
  const { name, units = "" } = variable;
  for (const { inputs } of model.networks) {
    for (const { channels, normalize } of inputs) {
      const number = channels.findIndex(
        (one) => one.kind === "field" && one.variable === name && (one.level ?? 0) === position,
      );
      if (number < 0 || normalize === undefined) continue;
      const at = (values: readonly number[]): number => values[values.length === 1 ? 0 : number] ?? 0;
      return { mean: at(normalize.mean), std: Math.abs(at(normalize.std)) };
    }
  }
  if (/^m\*{0,2}2 s\*{0,2}-2$/.test(units)) return geopotential(model, level);
  return SPREADS[units] ?? { mean: 0, std: 1 };
}

function geopotential({ vertical }: ModelPackage, level: number | undefined): Spread {
  const pressure = level !== undefined && vertical.units === "hPa" ? level : SEA_LEVEL_HPA;
  return { mean: STANDARD_GRAVITY * SCALE_HEIGHT * Math.log(SEA_LEVEL_HPA / pressure), std: 500 };
}
