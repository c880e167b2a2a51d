import { TENSOR_AXES } from "../model-package.ts";
import type { Reading } from "./pieces.ts";
import { expected, readText, type Written } from "./written.ts";

export type Layout = readonly (readonly string[])[];

/** Reads the axes of a tensor: names, or lists of names that make one axis. */
export function readLayout(written: Written, { report, grid }: Reading): Layout | undefined {
  if (written.kind !== "list") return expected(report, written, "a list of axes");
  const names = [...TENSOR_AXES, ...grid.map(({ name }) => name)];
  const seen = new Set<string>();
  let isRight = true;
  const axis = (item: Written): string => {
    const name = readText(item, report, `the name of an axis: ${names.join(", ")}`);
    // without a grid, which has been told, any name may be one of its axes
    const isKnown = name !== undefined && (grid.length === 0 || names.includes(name));
    if (name !== undefined && !isKnown) expected(report, item, `one of ${names.join(", ")}`);
    if (name !== undefined && seen.has(name)) report(item, `the axis ${name} is there twice; keep one`);
    if (!isKnown || seen.has(name)) isRight = false;
    seen.add(name ?? "");
    return name ?? "";
  };
  const layout = written.items.map((item) => {
    if (item.kind !== "list") return [axis(item)];
    if (item.items.length === 0) {
      expected(report, item, "at least one axis");
      isRight = false;
    }
    return item.items.map(axis);
  });
  if (!isRight) return undefined;
  return checkTogether(written, layout, { report, grid }) ? layout : undefined;
}

function checkTogether(
  written: Written,
  layout: Layout,
  { report, grid }: Pick<Reading, "report" | "grid">,
): boolean {
  const axes = layout.flat();
  const wrong: string[] = [];
  if (axes.includes("channel") && (axes.includes("variable") || axes.includes("level")))
    wrong.push("expected either channel, or variable and level; got both");
  const missing = grid.filter(({ name }) => !axes.includes(name)).map(({ name }) => name);
  if (missing.length > 0 && missing.length < grid.length)
    wrong.push(`expected all axes of the grid, or none; ${missing.join(" and ")} is not there`);
  if (layout.some((names) => names.length > 1 && names.includes("batch")))
    wrong.push("expected batch as an axis of its own; got it flattened with others");
  for (const message of wrong) report(written, message);
  return wrong.length === 0;
}
