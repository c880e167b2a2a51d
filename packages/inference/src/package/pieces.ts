import type { GridAxis } from "../model-package.ts";
import type { NpyArray } from "./npy.ts";
import { isArrayName, readLevels } from "./space.ts";
import type { ChannelDraft } from "./tensor-draft.ts";
import { parseTimeFeature, TIME_FEATURE } from "./time-feature.ts";
import {
  expected,
  type Place,
  type Report,
  readInteger,
  readList,
  readText,
  readWord,
  type Written,
} from "./written.ts";

/** What every part of a file is read with. */
export interface Reading {
  readonly report: Report;
  readonly grid: readonly GridAxis[];
  readonly history: number;
  readonly stepMs: number;
  /** Arrays of the `.npy` files that are named; those that cannot be read are absent, which has been told. */
  readonly arrays: ReadonlyMap<string, NpyArray>;
  /** Paths of the graphs that are named; those that cannot be used are absent, which has been told. */
  readonly graphs: ReadonlyMap<string, string>;
  /** Reserves channels; false where the package has too many, which has been told. */
  takeChannels(count: number, at: Place): boolean;
}

export const INPUT_PIECES = ["state", "time", "static", "random"] as const;
export const OUTPUT_PIECES = ["state", "diagnostic"] as const;
/** Keys of a piece beside the one that says what it is. */
export const PIECE_OPTIONS = ["levels", "order", "count"] as const;
type PieceKind = (typeof INPUT_PIECES)[number] | "diagnostic";

/** Of one piece; the largest published models have some hundreds. */
const MAX_CHANNELS = 20_000;

export interface PieceContext extends Reading {
  readonly kinds: readonly PieceKind[];
  /** Number of the piece in its tensor. */
  readonly position: number;
}

export interface Piece {
  readonly channels: readonly ChannelDraft[];
  readonly levels?: readonly number[];
}

/** Reads one piece; `entries` may have keys of the tensor beside it. */
export function readPiece(
  at: Place,
  entries: ReadonlyMap<string, Written>,
  context: PieceContext,
): Piece | undefined {
  const { report, kinds } = context;
  const named = kinds.filter((kind) => entries.has(kind));
  const [kind, another] = named;
  const value = kind && entries.get(kind);
  if (kind === undefined || value === undefined || another !== undefined) {
    const came = another === undefined ? "none of them" : named.join(" and ");
    report(at, `expected exactly one of ${kinds.join(", ")}; got ${came}`);
    return undefined;
  }
  checkOptions(kind, entries, report);
  switch (kind) {
    case "state":
    case "diagnostic":
      return readFields(kind, value, { entries, context });
    case "time":
      return { channels: readTimeFeatures(value, report) };
    case "static":
      return { channels: readStatic(value, context) };
    case "random":
      return { channels: readRandom(value, entries.get("count"), context) };
  }
}

function checkOptions(kind: PieceKind, entries: ReadonlyMap<string, Written>, report: Report): void {
  const isField = kind === "state" || kind === "diagnostic";
  for (const name of ["levels", "order"]) {
    const option = entries.get(name);
    if (option && !isField) report(option, `expected only beside state or diagnostic; got it beside ${kind}`);
  }
  const order = entries.get("order");
  if (order && isField && !entries.has("levels")) report(order, "expected only beside levels");
  const count = entries.get("count");
  if (count && kind !== "random") report(count, `expected only beside random; got it beside ${kind}`);
}

interface FieldContext {
  readonly entries: ReadonlyMap<string, Written>;
  readonly context: PieceContext;
}

function readFields(
  role: "state" | "diagnostic",
  written: Written,
  { entries, context: { report, position, takeChannels } }: FieldContext,
): Piece {
  const items = readList(written, report, "a list of names of variables") ?? [];
  const names = items.flatMap((at) => {
    const name = readText(at, report, "the name of a variable");
    if (name === undefined) return [];
    if (!isArrayName(name)) {
      report(at, `expected a name without spaces and slashes; got ${JSON.stringify(name)}`);
      return [];
    }
    return [{ at, variable: name }];
  });
  const list = entries.get("levels");
  const levels = list && readLevels(list, report);
  const order = entries.get("order");
  const isLevelSlowest = order !== undefined && readWord(order, report, ["variable", "level"]) === "level";
  if (list === undefined)
    return { channels: names.map((name) => ({ ...name, kind: "field", role, piece: position })) };
  const field = (name: (typeof names)[number], level: number): ChannelDraft => ({
    ...name,
    kind: "field",
    role,
    level,
    piece: position,
  });
  const known = levels ?? [];
  if (!takeChannels(names.length * known.length, written)) return { channels: [], levels: known };
  const channels = isLevelSlowest
    ? known.flatMap((level) => names.map((name) => field(name, level)))
    : names.flatMap((name) => known.map((level) => field(name, level)));
  return { channels, levels: known };
}

function readTimeFeatures(written: Written, report: Report): ChannelDraft[] {
  const items = readList(written, report, `a list of features of time: ${TIME_FEATURE}`) ?? [];
  return items.flatMap((item) => {
    const text = readText(item, report, TIME_FEATURE);
    if (text === undefined) return [];
    const feature = parseTimeFeature(text);
    if (feature === undefined) expected(report, item, TIME_FEATURE);
    return feature === undefined ? [] : [feature];
  });
}

function readStatic(written: Written, context: PieceContext): ChannelDraft[] {
  const what = "numbers and names of .npy files";
  const items = readList(written, context.report, `a list of ${what}`) ?? [];
  return items.flatMap((item) => {
    const { report } = context;
    if (item.kind === "scalar" && (typeof item.value === "number" || typeof item.value === "bigint")) {
      const value = Number(item.value);
      if (!Number.isFinite(value)) expected(report, item, "a number that is finite");
      return [{ kind: "static" as const, values: value }];
    }
    const name = readText(item, report, what);
    const array = name === undefined ? undefined : context.arrays.get(name);
    return array === undefined ? [] : staticChannels(item, array, context);
  });
}

function staticChannels(item: Written, array: NpyArray, context: PieceContext): ChannelDraft[] {
  const { shape, values } = array;
  const grid = context.grid.map(({ labels }) => labels.length);
  if (grid.length === 0 || grid.includes(0)) return []; // the grid cannot be read, which has been told
  if (grid.includes(0)) {
    context.report(item, "expected a number: a grid of names alone has no values of its own");
    return [];
  }
  const extra = shape.length - grid.length;
  const isFitting = (extra === 0 || extra === 1) && grid.every((length, i) => shape[extra + i] === length);
  if (!isFitting) {
    const wanted = `(${grid.join(", ")}) or (k, ${grid.join(", ")})`;
    context.report(item, `expected values of the shape ${wanted}; the file has (${shape.join(", ")})`);
    return [];
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) context.report(item, `expected finite values; the file has ${values[bad]} (number ${bad})`);
  const count = extra === 0 ? 1 : (shape[0] ?? 0);
  if (!context.takeChannels(count, item)) return [];
  return fieldsOfArray(array, count).map((field) => ({ kind: "static" as const, values: field }));
}

const fieldsByArray = new WeakMap<NpyArray, readonly Float32Array[]>();

/** Made once, however many tensors name the file. */
function fieldsOfArray(array: NpyArray, count: number): readonly Float32Array[] {
  const known = fieldsByArray.get(array);
  if (known !== undefined) return known;
  const points = count === 0 ? 0 : array.values.length / count;
  const fields = Array.from({ length: count }, (_, k) =>
    Float32Array.from(array.values.subarray(k * points, (k + 1) * points)),
  );
  fieldsByArray.set(array, fields);
  return fields;
}

function readRandom(
  written: Written,
  count: Written | undefined,
  { report, takeChannels }: PieceContext,
): ChannelDraft[] {
  const distribution = readWord(written, report, ["normal", "uniform"]);
  const range = { what: `a whole number from 1 to ${MAX_CHANNELS}`, from: 1, to: MAX_CHANNELS };
  const length = count === undefined ? 1 : (readInteger(count, report, range) ?? 1);
  return distribution === undefined || !takeChannels(length, written)
    ? []
    : Array.from({ length }, () => ({ kind: "random" as const, distribution }));
}
