import type { Attributes, ChunkSource, Dataset, Variable } from "@zarr-gateway/dataset";
import { isInsideGrid } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { computedSource } from "../forecast/computed-source.ts";
import { spaceCoordinates } from "../forecast/space-coordinates.ts";
import { wholeTimeUnits } from "../forecast/time-units.ts";
import type { AnalysisConditions } from "../initial/index.ts";
import type { ModelVariable } from "../model-package.ts";
import { wholeNumbers } from "../whole-numbers.ts";
import { fineLabels } from "./fine-labels.ts";
import type { LaidModel } from "./laid-on-dataset.ts";
import type { MapSamples } from "./map-samples.ts";

export interface MapDatasetOptions {
  /** Of the map, for messages. */
  readonly id: string;
  readonly laid: LaidModel;
  /** What is mapped. */
  readonly dataset: Dataset;
  readonly along: string;
  readonly conditions: Pick<
    AnalysisConditions,
    "calendar" | "times" | "timeUnits" | "gridAttrs" | "versionCoversChunks"
  >;
  readonly samples: Pick<MapSamples, "field">;
  readonly version: string;
  /** Laid over the model's own; null removes one. */
  readonly attrs: Attributes;
}

const TIME_CHUNK = 1024 * 1024;
const KEPT_TIME_ATTRS = ["standard_name", "long_name", "axis"];
const POLES = [-90, 90] as const;

/**
 * A map as a dataset: (time[, level], grid…) in float32, one sample a chunk, on the dataset's own axes or on finer ones.
 * @throws GatewayError invalid_request where two arrays would have one name
 */
export function mapDataset(options: MapDatasetOptions): Dataset {
  const { laid, conditions, id, version } = options;
  const { model, axes } = laid;
  const fine = model.grid.map(({ labels }, at) => ({
    name: axes[at]?.dim ?? "",
    labels: fineLabels(labels, model.map?.scale[at] ?? 1, axes[at]?.isLatitude ? POLES : undefined),
  }));
  const gridAttrs = Object.fromEntries(
    model.grid.map(({ name }, at) => [axes[at]?.dim ?? "", conditions.gridAttrs[name] ?? {}]),
  );
  const made = model.variables.filter(({ role }) => role === "diagnostic");
  const space = fine.map(({ labels }) => labels.length);
  const own = [
    ...(laid.isTimed ? [timeCoordinate(options)] : ownLabels(options)),
    ...spaceCoordinates({ ...model, grid: fine }, gridAttrs),
    ...made.map((variable) => mapVariable(variable, space, options)),
  ];
  return {
    attrs: laidOver({ Conventions: "CF-1.11", ...model.attrs }, options.attrs),
    variables: byName([...own, ...gridMapping(options)], id),
    groups: new Map(),
    version,
    versionCoversChunks: conditions.versionCoversChunks,
    format: "map",
  };
}

function mapVariable(
  variable: ModelVariable,
  space: readonly number[],
  options: MapDatasetOptions,
): Variable {
  const { laid, along, conditions, samples } = options;
  const levels = variable.levels === undefined ? [] : [laid.model.levels[variable.levels]?.length ?? 0];
  const chunk = [...levels, ...space];
  const grid = { shape: [conditions.times.length, ...chunk], chunkShape: [1, ...chunk] };
  const source: ChunkSource = {
    dtype: "float32",
    fill: Number.NaN,
    grid,
    async read(index, call) {
      if (!isInsideGrid(grid, index)) return undefined;
      return { shape: grid.chunkShape, values: await samples.field(index[0] ?? 0, variable.name, call) };
    },
  };
  const mapping = laid.variable.attrs["grid_mapping"];
  return {
    name: variable.name,
    dims: [
      along,
      ...(variable.levels === undefined ? [] : [variable.levels]),
      ...laid.axes.map(({ dim }) => dim),
    ],
    attrs: {
      ...variable.attrs,
      ...(mapping !== undefined && { grid_mapping: mapping }),
      _FillValue: Number.NaN,
    },
    source,
  };
}

/** The samples' times in the dataset's units, worked out when they are read. */
function timeCoordinate({ along, conditions, dataset }: MapDatasetOptions): Variable {
  const { calendar, times, timeUnits } = conditions;
  const { units, numberAt } = wholeTimeUnits({ calendar, times, stepMs: 0, given: timeUnits });
  const chunk = Math.max(1, Math.min(times.length, TIME_CHUNK));
  const given = Object.entries(dataset.variables.get(along)?.attrs ?? {});
  return {
    name: along,
    dims: [along],
    attrs: {
      standard_name: "time",
      ...Object.fromEntries(given.filter(([name]) => KEPT_TIME_ATTRS.includes(name))),
      units,
      calendar,
    },
    source: computedSource({
      dtype: "int64",
      shape: [times.length],
      chunkShape: [chunk],
      values: ([number = 0], count) => wholeNumbers(count, (at) => numberAt(number * chunk + at)),
    }),
  };
}

/** Of samples that are no times: as they are. */
function ownLabels({ along, dataset }: MapDatasetOptions): Variable[] {
  const own = dataset.variables.get(along);
  return own?.dims.length === 1 && own.dims[0] === along ? [own] : [];
}

/** The variable that says what the axes are. */
function gridMapping({ laid, dataset }: MapDatasetOptions): Variable[] {
  const name = laid.variable.attrs["grid_mapping"];
  const found = typeof name === "string" ? dataset.variables.get(name) : undefined;
  return found?.dims.length === 0 ? [found] : [];
}

function laidOver(attrs: Attributes, more: Attributes): Attributes {
  return Object.fromEntries(Object.entries({ ...attrs, ...more }).filter(([name]) => more[name] !== null));
}

function byName(variables: readonly Variable[], id: string): Map<string, Variable> {
  const result = new Map<string, Variable>();
  for (const variable of variables) {
    if (result.has(variable.name))
      throw new GatewayError(
        "invalid_request",
        `map "${id}": two arrays would have the name "${variable.name}"`,
      );
    result.set(variable.name, variable);
  }
  return result;
}
