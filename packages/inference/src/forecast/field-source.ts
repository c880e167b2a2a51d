import { type ChunkSource, isInsideGrid, type MemberNoise } from "@zarr-gateway/dataset";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { Rollouts } from "../rollouts.ts";
import { isPublished } from "./published-leads.ts";

export interface FieldSourceOptions {
  readonly model: ModelPackage;
  readonly variable: ModelVariable;
  readonly rollouts: Pick<Rollouts, "field">;
  readonly inits: number;
  readonly leads: number;
  /** Changes with the first states of an initial time; absent where the dataset's version covers them. */
  readonly stateVersion?: InitialConditions["stateVersion"];
  /** Of the dataset. */
  readonly version: string;
  /** undefined: there is no dimension of members. */
  readonly members: number | undefined;
  /** Of members, where it is not the package's. */
  readonly noise?: MemberNoise | undefined;
}

/** Chunks (init, lead[, member][, levels], grid…), each of which is one field of a roll-out. */
export function fieldSource(options: FieldSourceOptions): ChunkSource {
  const { model, variable, rollouts, inits, leads, members, noise, stateVersion, version } = options;
  const space = fieldShape(model, variable);
  const ensemble = members === undefined ? [] : [members];
  const grid = {
    shape: [inits, leads, ...ensemble, ...space],
    chunkShape: [1, 1, ...ensemble.map(() => 1), ...space],
  };
  return {
    dtype: "float32",
    fill: Number.NaN,
    grid,
    ...(stateVersion && {
      async version([init = 0], call) {
        const state = await stateVersion(init, call);
        return state && { ...state, version: `${version}-${state.version}` };
      },
    }),
    async read(index, call) {
      if (!isInsideGrid(grid, index)) return undefined;
      const [init = 0, n = 0, position = 0] = index;
      // nobody makes it: it reads as missing, and nothing is run
      if (!isPublished(model, variable.name, n)) return undefined;
      const member = members === undefined ? 0 : position;
      const state = (await stateVersion?.(init, call))?.version;
      const place = { init, member, n, variable: variable.name };
      const request = { ...place, ...(state !== undefined && { state }), ...(noise && { noise }) };
      const values = await rollouts.field(request, call);
      return { shape: grid.chunkShape, values };
    },
  };
}

/** Lengths of one field: levels, where the variable has them, and grid. */
export function fieldShape(
  { levels, grid }: Pick<ModelPackage, "levels" | "grid">,
  variable: Pick<ModelVariable, "levels">,
): number[] {
  const vertical = variable.levels === undefined ? [] : [levels[variable.levels]?.length ?? 0];
  return [...vertical, ...grid.map(({ labels }) => labels.length)];
}
