import type { DatasetDescription, DimensionDescription, VariableDescription } from "@zarr-gateway/dataset";
import { validDateTime } from "./date-time.ts";
import { plainLine } from "./plain-text.ts";
import type { ReferenceSystem } from "./reference-system.ts";

type Fields = Record<string, unknown>;

/** Of `data_type` in STAC's common metadata. */
const DATA_TYPES = new Set([
  ..."int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split(" "),
]);
/** A source with more would make an item that nobody can read. */
const MAX_VARIABLES = 2000;

/** `cube:dimensions` and `cube:variables` of the datacube extension 2.3. */
export function datacubeFields(description: DatasetDescription, system: ReferenceSystem | undefined): Fields {
  const note = calendarNote(description);
  const dimensions = new Map<string, Fields>();
  for (const dimension of description.dimensions) {
    dimensions.set(dimension.name, dimensionObject(dimension, system, note));
  }
  const variables: [string, Fields][] = [];
  for (const variable of description.variables) {
    if (variables.length >= MAX_VARIABLES) break;
    if (isOwnCoordinate(variable, dimensions)) continue;
    variables.push([variable.path, variableObject(variable)]);
    // a dimension that the description does not know is one without coordinates
    for (const [axis, dim] of variable.dims.entries()) {
      if (!dimensions.has(dim)) dimensions.set(dim, indexObject(variable.shape[axis] ?? 0));
    }
  }
  return {
    "cube:dimensions": Object.fromEntries(dimensions),
    ...(variables.length > 0 && { "cube:variables": Object.fromEntries(variables) }),
  };
}

/** The coordinate of a dimension has its name, which the extension wants to be said once. */
function isOwnCoordinate(
  { path, dims }: VariableDescription,
  dimensions: ReadonlyMap<string, Fields>,
): boolean {
  return (dims.length === 1 && dims[0] === path) || dimensions.has(path);
}

function calendarNote({ time }: DatasetDescription): string | undefined {
  if (time === undefined || !time.isApproximate) return undefined;
  return `calendar ${plainLine(time.calendar, 40)}: dates that do not exist in ISO 8601 are the nearest that do`;
}

function dimensionObject(
  dimension: DimensionDescription,
  system: ReferenceSystem | undefined,
  note: string | undefined,
): Fields {
  const { kind, axis, size, extent } = dimension;
  const isTemporal = kind === "temporal";
  const label = [dimension.description, isTemporal ? note : undefined].filter((text) => text !== undefined);
  const said = {
    ...(label.length > 0 && { description: plainLine(label.join("; ")) }),
    ...(dimension.unit !== undefined && !isTemporal && { unit: plainLine(dimension.unit, 100) }),
  };
  if (isTemporal) {
    const [start, end] = extent ?? [null, null];
    const times = [start, end].map((time) => (typeof time === "string" ? validDateTime(time) : null));
    return { type: "temporal", extent: times, ...textStep(dimension.step), ...said };
  }
  const range = numbersOf(extent);
  const values = dimension.values?.filter((value) => typeof value === "string" || Number.isFinite(value));
  const listed = values !== undefined && values.length > 0 && values.length === dimension.values?.length;
  if (range === undefined && !listed) return { ...indexObject(size), ...said };
  const measures = {
    ...(range && { extent: range }),
    ...(listed && { values: values.map((value) => (typeof value === "string" ? plainLine(value) : value)) }),
    ...numberStep(dimension.step),
    ...said,
  };
  if (kind === "spatial" && axis !== undefined && (axis === "z" || range !== undefined)) {
    const isNumeric = axis === "z" || values?.every((value) => typeof value === "number") !== false;
    return isNumeric
      ? { type: "spatial", axis, ...measures, ...(axis !== "z" && systemOf(system)) }
      : { type: "other", ...measures };
  }
  return { type: kind === "bands" ? "bands" : "other", ...measures };
}

/** Of a dimension without coordinates: its positions. */
function indexObject(size: number): Fields {
  return { type: "index", extent: [0, Math.max(0, size - 1)] };
}

function numbersOf(extent: DimensionDescription["extent"]): readonly number[] | undefined {
  const numbers = extent?.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  return numbers?.length === 2 ? numbers : undefined;
}

function textStep(step: number | string | undefined): Fields {
  return typeof step === "string" ? { step } : {};
}

function numberStep(step: number | string | undefined): Fields {
  return typeof step === "number" && Number.isFinite(step) ? { step } : {};
}

function systemOf(system: ReferenceSystem | undefined): Fields {
  if (system === undefined) return {};
  return { reference_system: "code" in system ? 4326 : system.wkt2 };
}

function variableObject(variable: VariableDescription): Fields {
  const { dims, shape, chunkShape, dtype, unit, longName, standardName, cellMethods, fill } = variable;
  const label = longName ?? standardName;
  return {
    dimensions: dims,
    type: variable.isCoordinate ? "auxiliary" : "data",
    variable_type: variable.isCoordinate ? "auxiliary" : "data",
    ...(label !== undefined && { description: plainLine(label) }),
    ...(unit !== undefined && { unit: plainLine(unit, 100) }),
    data_type: DATA_TYPES.has(dtype) ? dtype : "other",
    ...(fill !== undefined && Number.isFinite(fill) && { nodata: fill }),
    ...(standardName !== undefined && { standard_name: plainLine(standardName, 200) }),
    ...(cellMethods !== undefined && { cell_methods: plainLine(cellMethods, 500) }),
    ...(shape.length > 0 && { shape, chunks: chunkShape }),
  };
}
