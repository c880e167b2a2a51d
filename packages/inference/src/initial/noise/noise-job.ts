import { fillNormal, type RandomKey } from "../../tensor/random-field.ts";
import { correlatedField } from "./correlated-field.ts";
import type { SphereGrid } from "./sphere-grid.ts";

/** Gaussian noise that is to be added to a field. */
export interface NoiseJob {
  /** Levels, grid; changed. */
  readonly values: Float32Array;
  /** One a level. */
  readonly keys: readonly RandomKey[];
  readonly std: number;
  /** White noise where absent. */
  readonly correlation?: { readonly km: number; readonly grid: SphereGrid };
}

export function addNoise({ values, keys, std, correlation }: NoiseJob): void {
  const size = values.length / Math.max(1, keys.length);
  for (const [level, key] of keys.entries()) {
    const noise = correlation === undefined ? whiteNoise(key, size) : correlatedField(key, correlation);
    const start = level * size;
    for (let at = 0; at < size; at += 1)
      values[start + at] = (values[start + at] ?? 0) + std * (noise[at] ?? 0);
  }
}

function whiteNoise(key: RandomKey, size: number): Float32Array {
  const noise = new Float32Array(size);
  fillNormal(noise, key, [0, 0]);
  return noise;
}
