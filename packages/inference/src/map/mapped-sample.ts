import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { Fields, ModelSession, ModelState, Run } from "../model-session.ts";
import { nowhere } from "../session/next-state.ts";
import type { AxisTiling } from "./axis-tiling.ts";
import type { MapSamplesOptions } from "./map-samples-options.ts";
import { addTile, type TileIndex, tileOfField, tilesOf } from "./tiles.ts";

export interface SampleWork extends Pick<MapSamplesOptions, "model" | "conditions" | "axes"> {
  readonly session: ModelSession;
  /** Position among the conditions' times. */
  readonly sample: number;
  readonly state: ModelState;
}

/**
 * Runs a sample tile by tile and puts the results together: all diagnostic variables on the whole, finer grid. Random numbers
 * of a tile depend on the version of the package, the sample's time and the tile's number.
 */
export async function mappedSample(work: SampleWork, call: CallOptions): Promise<Fields> {
  const { model, axes, conditions, sample } = work;
  const initialTime = conditions.times.at(sample);
  if (initialTime === undefined) throw new GatewayError("not_found", `there is no sample ${sample}`);
  const made = model.variables.filter(({ role }) => role === "diagnostic");
  const whole = new Map(
    made.map(({ name, ...variable }) => [name, nowhere(model, { name, ...variable }).fill(0)]),
  );
  for (const [number, tile] of tilesOf(axes).entries()) {
    const run = { calendar: conditions.calendar, initialTime, member: number };
    const fields = await tileFields({ ...work, run, tile }, call);
    for (const variable of made) {
      const values = fields.get(variable.name);
      const into = whole.get(variable.name);
      if (values && into) addTile(into, values, { axes, tile, layers: layersOf(model, variable) });
    }
  }
  return whole;
}

interface TileWork extends SampleWork {
  readonly run: Run;
  readonly tile: TileIndex;
}

async function tileFields(work: TileWork, call: CallOptions): Promise<Fields> {
  const { model, axes, session, state, run, tile } = work;
  const [entry] = state.entries;
  const fields = model.variables.flatMap((variable): [string, Float32Array][] => {
    const field = entry?.get(variable.name);
    return field
      ? [[variable.name, tileOfField(field, { axes, tile, layers: layersOf(model, variable) })]]
      : [];
  });
  try {
    const result = await session.begin(
      run,
      { n: 0, entries: [new Map(fields)] },
      { ...call, diagnose: true },
    );
    session.release(result.state);
    return result.fields;
  } catch (error) {
    throw placed(error, { model, axes, tile });
  }
}

/** A failure of the model, with the tile's first labels. */
function placed(
  error: unknown,
  {
    model,
    axes,
    tile,
  }: { readonly model: ModelPackage; readonly axes: readonly AxisTiling[]; readonly tile: TileIndex },
): unknown {
  if (!isGatewayError(error) || error.code !== "model_output_invalid") return error;
  if (axes.every(({ starts }) => starts.length === 1)) return error;
  const labels = model.grid.map(
    ({ name, labels: of }, axis) => `${name} ${of[axes[axis]?.starts[tile[axis] ?? 0] ?? 0]}`,
  );
  const message = `the tile from ${labels.join(", ")} on: ${error.message}`;
  return new GatewayError(error.code, message, error.details, error);
}

function layersOf({ levels }: Pick<ModelPackage, "levels">, variable: Pick<ModelVariable, "levels">): number {
  return variable.levels === undefined ? 1 : (levels[variable.levels]?.length ?? 1);
}
