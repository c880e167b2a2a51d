import { type GridAxis, type MapGrid, TENSOR_AXES } from "../model-package.ts";
import { isArrayName, RESERVED_NAMES } from "./space.ts";
import {
  type Place,
  type Report,
  readInteger,
  readList,
  readNames,
  readText,
  required,
  type Written,
} from "./written.ts";

const MAX_AXES = 4;
const MAX_SCALE = 64;
/** What a model that is applied sample by sample has no use for. */
const FORECAST_KEYS = ["networks", "step", "history", "perturbation"];

/** `grid: [lat, lon]`: names alone, the labels are those of the dataset that a map is laid on. */
export function readAxisNames(written: Written, report: Report): GridAxis[] {
  const items = readList(written, report, "a list of names of axes") ?? [];
  if (items.length > MAX_AXES) report(written, `expected 1 to ${MAX_AXES} axes; got ${items.length}`);
  const names = new Set<string>();
  for (const item of items) {
    const name = readText(item, report, "the name of an axis");
    if (name === undefined) continue;
    const taken = [...TENSOR_AXES, ...RESERVED_NAMES].includes(name);
    if (taken) report(item, "expected another name; this one has a meaning of its own");
    else if (!isArrayName(name)) report(item, "expected a name without spaces and slashes");
    else if (names.has(name)) report(item, `the axis ${name} is there twice; keep one`);
    names.add(name);
  }
  return [...names].map((name) => ({ name, labels: [] }));
}

interface MapContext {
  readonly report: Report;
  readonly grid: readonly GridAxis[];
  /** Whether the grid has names alone. */
  readonly isMap: boolean;
}

/** `scale: { lat: 4, lon: 4 }`, and that nothing stands beside it that only forecasts have. */
export function readMapGrid(
  entries: ReadonlyMap<string, Written>,
  at: Place,
  { report, grid, isMap }: MapContext,
): MapGrid | undefined {
  const written = entries.get("scale");
  if (!isMap) {
    if (written) report(written, "expected only beside a grid of names alone, such as grid: [lat, lon]");
    return undefined;
  }
  for (const key of FORECAST_KEYS) {
    const value = entries.get(key);
    if (value)
      report(value, `expected no ${key}: a grid of names alone is that of maps, which have diagnostics`);
  }
  required(entries, "diagnostics", { report, at, what: "a list of networks" });
  const factors = written && readNames(written, report, "a map: axes of the grid, and whole factors");
  const scale = new Map<string, number>();
  for (const [name, value] of factors ?? []) {
    if (!grid.some((axis) => axis.name === name))
      report(value, `expected an axis of the grid (${grid.map((axis) => axis.name).join(", ")})`);
    const range = { what: `a whole number from 1 to ${MAX_SCALE}`, from: 1, to: MAX_SCALE };
    scale.set(name, readInteger(value, report, range) ?? 1);
  }
  return { scale: grid.map(({ name }) => scale.get(name) ?? 1) };
}
