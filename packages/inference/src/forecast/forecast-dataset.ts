import { encodedDataset, type Lengths } from "@zarr-gateway/compute";
import type { Attributes, Dataset, MemberNoise, Variable } from "@zarr-gateway/dataset";
import { GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import type { AnalysisConditions } from "../initial/analysis-conditions.ts";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { Rollouts } from "../rollouts.ts";
import { fieldSource } from "./field-source.ts";
import { memberCoordinate, spaceCoordinates } from "./space-coordinates.ts";
import { timeCoordinates } from "./time-coordinates.ts";

export interface ForecastOptions {
  /** Of the forecast, for messages. */
  readonly id: string;
  readonly model: ModelPackage;
  readonly conditions: Pick<InitialConditions, "calendar" | "times" | "stateVersion"> &
    Partial<Pick<AnalysisConditions, "timeUnits" | "gridAttrs" | "versionCoversChunks">>;
  readonly rollouts: Pick<Rollouts, "field">;
  /** `lead_time` has one more. */
  readonly steps: number;
  /** Absent: no dimension of members. */
  readonly members?: number | undefined;
  /** Of members, where it is not the package's. */
  readonly noise?: MemberNoise | undefined;
  /** Other chunks than one an init, lead and member: lengths by dimension, -1 is the whole one. */
  readonly chunks?: Lengths | undefined;
  /** Of model, configuration and analysis: `forecastVersion`. */
  readonly version: string;
  /** Laid over the model's own; null removes one. */
  readonly attrs?: Attributes | undefined;
  /** Where chunks are put together that `chunks` asks for. */
  readonly pool?: WorkerPool | undefined;
}

const OWN_NAMES = ["init_time", "lead_time", "valid_time", "member"];

/**
 * A forecast as a dataset: (init_time, lead_time[, member][, level], grid…) in float32, NaN where nothing is. All of it is
 * worked out from the model package; reading a chunk of a variable asks the roll-outs for one field.
 * @throws GatewayError invalid_request where a name is taken, or `chunks` names what there is not
 */
export function forecastDataset(options: ForecastOptions): Dataset {
  const { model, conditions, steps, members, chunks, version, pool } = options;
  const { calendar, times, timeUnits, gridAttrs = {} } = conditions;
  const coordinates = [
    ...timeCoordinates({ calendar, times, timeUnits, stepMs: model.stepMs, steps }),
    ...(members === undefined ? [] : [memberCoordinate(members)]),
    ...spaceCoordinates(model, gridAttrs),
  ];
  const variables = model.variables.map((variable) => forecastVariable(variable, options));
  const dataset: Dataset = {
    attrs: laidOver({ Conventions: "CF-1.11", ...model.attrs }, options.attrs),
    variables: byName([...coordinates, ...variables], options.id),
    groups: new Map(),
    version,
    versionCoversChunks: conditions.versionCoversChunks ?? true,
    format: "forecast",
  };
  return chunks === undefined ? dataset : encodedDataset(dataset, { chunks }, { pool });
}

function forecastVariable(variable: ModelVariable, options: ForecastOptions): Variable {
  const { model, rollouts, steps, members, noise, conditions, version } = options;
  const inits = conditions.times.length;
  return {
    name: variable.name,
    dims: [
      "init_time",
      "lead_time",
      ...(members === undefined ? [] : ["member"]),
      ...(variable.levels === undefined ? [] : [variable.levels]),
      ...model.grid.map(({ name }) => name),
    ],
    attrs: { ...variable.attrs, coordinates: "valid_time", _FillValue: Number.NaN },
    source: fieldSource({
      model,
      variable,
      rollouts,
      inits,
      leads: steps + 1,
      members,
      noise,
      version,
      ...(conditions.stateVersion && { stateVersion: conditions.stateVersion }),
    }),
  };
}

function laidOver(attrs: Attributes, more: Attributes = {}): Attributes {
  return Object.fromEntries(Object.entries({ ...attrs, ...more }).filter(([name]) => more[name] !== null));
}

function byName(variables: readonly Variable[], id: string): Map<string, Variable> {
  const result = new Map<string, Variable>();
  for (const variable of variables) {
    if (result.has(variable.name)) {
      const reason = OWN_NAMES.includes(variable.name)
        ? "forecasts have a coordinate of that name"
        : "it stands twice";
      throw new GatewayError(
        "invalid_request",
        `forecast "${id}": its model has a variable "${variable.name}", but ${reason}`,
      );
    }
    result.set(variable.name, variable);
  }
  return result;
}
