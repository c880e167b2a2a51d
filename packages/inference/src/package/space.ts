import { type GridAxis, TENSOR_AXES, type VerticalAxis } from "../model-package.ts";
import {
  expected,
  numberOf,
  type Report,
  readInteger,
  readList,
  readMap,
  readNames,
  readNumber,
  readText,
  readWord,
  required,
  type Written,
} from "./written.ts";

/** Dimensions and coordinates that every forecast has. */
export const RESERVED_NAMES: readonly string[] = ["init_time", "lead_time", "valid_time", "member"];
const MAX_AXIS = 1_000_000;
/** A field of 2 GiB; the finest global models have 2^25 points. */
const MAX_POINTS = 2 ** 29;
const MAX_AXES = 4;

const DEFAULT_VERTICAL: VerticalAxis = {
  name: "level",
  units: "hPa",
  standardName: "air_pressure",
  positive: "down",
};
const PRESSURE = /^(?:h?pa|m?bar|millibars?|hectopascals?|pascals?)$/i;

/** True for names that can be the name of an array in every store. */
export function isArrayName(name: string): boolean {
  return /^[^\s/\\.]\S*$/.test(name) && !/[/\\]/.test(name) && !name.startsWith("__") && name.length <= 100;
}

export function readGrid(written: Written, report: Report): GridAxis[] {
  const axes = readNames(written, report, "a map of axes: their names, and start, step and size, or values");
  if (axes === undefined) return [];
  if (axes.size === 0 || axes.size > MAX_AXES) {
    report(written, `expected 1 to ${MAX_AXES} axes; got ${axes.size}`);
    return [];
  }
  const grid: GridAxis[] = [];
  for (const [name, axis] of axes) {
    const taken = [...TENSOR_AXES, ...RESERVED_NAMES].includes(name);
    if (taken) report(axis, "expected another name; this one has a meaning of its own");
    else if (!isArrayName(name)) report(axis, "expected a name without spaces and slashes");
    const labels = readLabels(axis, report);
    grid.push({ name, labels: labels ?? [] });
  }
  const points = grid.reduce((product, { labels }) => product * labels.length, 1);
  if (points > MAX_POINTS) report(written, `expected at most ${MAX_POINTS} points; got ${points}`);
  return grid;
}

function readLabels(axis: Written, report: Report): readonly number[] | undefined {
  const entries = readMap(axis, report, ["start", "step", "size", "values"]);
  if (entries === undefined) return undefined;
  const values = entries.get("values");
  const other = [...entries.keys()].find((name) => ["start", "step", "size"].includes(name));
  if (values !== undefined && other !== undefined)
    report(axis, `expected either values, or start, step and size; got both values and ${other}`);
  return values === undefined ? regularLabels(axis, entries, report) : listedLabels(values, report);
}

function regularLabels(
  axis: Written,
  entries: ReadonlyMap<string, Written>,
  report: Report,
): readonly number[] | undefined {
  const need = (name: string, what: string): Written | undefined =>
    required(entries, name, { report, at: axis, what });
  const first = need("start", "a number: the first label");
  const distance = need("step", "a number: the distance of labels");
  const length = need("size", "how many labels there are");
  const start = first && readNumber(first, report, { what: "a number" });
  const step = distance && readNumber(distance, report, { what: "a number" });
  const size =
    length &&
    readInteger(length, report, { what: `a whole number from 1 to ${MAX_AXIS}`, from: 1, to: MAX_AXIS });
  if (start === undefined || step === undefined || size === undefined) return undefined;
  if (step === 0 && size > 1 && distance) expected(report, distance, "a step other than 0");
  return Array.from({ length: size }, (_, i) => start + i * step);
}

function listedLabels(values: Written, report: Report): readonly number[] | undefined {
  const items = readList(values, report, "a list of numbers");
  if (items === undefined) return undefined;
  if (items.length > MAX_AXIS) return expected(report, values, `a list of at most ${MAX_AXIS} numbers`);
  const labels = items.map((item) => readNumber(item, report, { what: "a number" }) ?? Number.NaN);
  if (labels.some(Number.isNaN)) return labels;
  const direction = Math.sign((labels[1] ?? 0) - (labels[0] ?? 0));
  const wrong = labels.findIndex(
    (label, i) => i > 0 && Math.sign(label - (labels[i - 1] ?? 0)) !== direction,
  );
  if (labels.length > 1 && (wrong > 0 || direction === 0))
    report(values, `expected labels that rise or fall; number ${Math.max(wrong, 1)} does not`);
  return labels;
}

export function readVertical(written: Written | undefined, report: Report): VerticalAxis {
  const entries = written && readMap(written, report, ["name", "units", "standard_name", "positive"]);
  if (written === undefined || entries === undefined) return DEFAULT_VERTICAL;
  const text = (key: string): string | undefined => {
    const value = entries.get(key);
    return value && readText(value, report);
  };
  const name = text("name") ?? DEFAULT_VERTICAL.name;
  const at = entries.get("name") ?? written;
  if (!isArrayName(name))
    report(at, `expected a name without spaces and slashes; got ${JSON.stringify(name)}`);
  else if ([...RESERVED_NAMES, "batch", "time", "channel", "variable"].includes(name))
    report(at, `expected another name; ${name} has a meaning of its own`);
  const units = text("units") ?? DEFAULT_VERTICAL.units;
  const direction = entries.get("positive");
  const positive = direction && readWord(direction, report, ["up", "down"]);
  if (!PRESSURE.test(units))
    for (const key of ["standard_name", "positive"])
      required(entries, key, {
        report,
        at: written,
        what: `it beside units that are no pressure (${units})`,
      });
  return {
    name,
    units,
    standardName: text("standard_name") ?? DEFAULT_VERTICAL.standardName,
    positive: positive ?? DEFAULT_VERTICAL.positive,
  };
}

/** The list of levels of a piece. */
export function readLevels(written: Written, report: Report): readonly number[] | undefined {
  const items = readList(written, report, "a list of levels");
  if (items === undefined) return undefined;
  const levels = items.map((item) => readNumber(item, report, { what: "a number" }));
  const double = items.find((item, i) => levels.indexOf(numberOf(item)) < i && numberOf(item) !== undefined);
  if (double !== undefined) report(double, `the level ${numberOf(double)} is there twice; keep one`);
  return levels.every((level) => level !== undefined) ? levels : undefined;
}
