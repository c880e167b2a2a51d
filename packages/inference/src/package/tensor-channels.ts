import type { Reading } from "./pieces.ts";
import { fieldsOf, type TensorDraft } from "./tensor-draft.ts";

interface ChannelsContext extends Pick<Reading, "report" | "grid"> {
  readonly direction: "input" | "output";
  readonly isDiagnostic: boolean;
  readonly isLevelFirst: boolean;
}

type Unchecked = Pick<TensorDraft, "at" | "layout" | "channels" | "levels">;

/** Checks that the axes of the layout have room for the channels. @returns length of the axis `level` */
export function checkChannels(tensor: Unchecked, context: ChannelsContext): number {
  checkGrid(tensor, context);
  checkFields(tensor, context);
  const axes = tensor.layout.flat();
  const { channels, at } = tensor;
  if (channels.length === 0 || axes.includes("channel")) return 1;
  const levelCount = axes.includes("level") ? levelsOfAll(tensor, context) : 1;
  if (levelCount === undefined) return 1;
  if (axes.includes("variable")) checkVariables(tensor, axes.includes("level"), context);
  else if (channels.length > levelCount)
    context.report(
      at,
      `expected an axis channel or variable in the layout, or one channel; got ${channels.length} channels`,
    );
  return levelCount;
}

/** Fields lie on the grid, so that a tensor without it cannot hold them. */
function checkGrid({ at, layout, channels }: Unchecked, { report, grid }: ChannelsContext): void {
  const axes = layout.flat();
  if (grid.length === 0 || grid.some(({ name }) => axes.includes(name))) return;
  const needsGrid = channels.some(
    (channel) =>
      channel.kind === "field" || (channel.kind === "static" && typeof channel.values !== "number"),
  );
  if (needsGrid)
    report(
      at,
      `expected the axes of the grid (${grid.map(({ name }) => name).join(", ")}) in the layout of fields`,
    );
}

/** Every field is there once, and in the role that it can have there. */
function checkFields(tensor: Unchecked, { report, direction, isDiagnostic }: ChannelsContext): void {
  const seen = new Set<string>();
  const told = new Set<string>();
  for (const { variable, level, role, at } of fieldsOf(tensor)) {
    const id = JSON.stringify([variable, level]);
    if (seen.has(id) && !told.has(variable)) {
      report(at, `${variable}${level === undefined ? "" : ` at level ${level}`} is there twice; keep one`);
      told.add(variable);
    }
    seen.add(id);
    if (direction === "output" && isDiagnostic && role === "state" && !told.has(variable)) {
      report(
        at,
        `expected diagnostic: what networks under diagnostics make is not fed back; got state ${variable}`,
      );
      told.add(variable);
    }
  }
}

function levelsOfAll({ at, channels, levels }: Unchecked, context: ChannelsContext): number | undefined {
  const { report, isLevelFirst } = context;
  const lengths = new Set(levels.map((list) => list?.length));
  const [length, another] = lengths;
  if (channels.some(({ kind }) => kind !== "field") || lengths.size !== 1 || length === undefined) {
    const came =
      another === undefined ? "channels without levels" : "pieces with different numbers of levels";
    report(at, `expected pieces of variables with equally many levels beside an axis level; got ${came}`);
    return undefined;
  }
  if (isLevelFirst) report(at, "expected no order beside an axis level: the layout says which is slowest");
  return Math.max(1, length);
}

function checkVariables(
  { at, channels, levels }: Unchecked,
  hasLevel: boolean,
  context: ChannelsContext,
): void {
  const { report } = context;
  if (channels.some(({ kind }) => kind !== "field"))
    report(at, "expected an axis channel in the layout of time, static or random; got variable");
  else if (!hasLevel && levels.some((list) => list !== undefined))
    report(at, "expected axes variable and level, or channel, in the layout of variables with levels");
}
