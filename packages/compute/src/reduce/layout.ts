import type { Kernel, Span } from "./span.ts";

/** One axis of a chunk: how far its neighbours are apart among the values, the cells and the factors. */
export interface LayoutAxis {
  readonly length: number;
  readonly valueStep: number;
  /** 0 where the axis is reduced. */
  readonly cellStep: number;
  readonly factorStep: number;
  /** Which group each position belongs to, -1 for none: the cell is `cellStep` times that. */
  readonly groups?: Int32Array | undefined;
}

/** How the values of a chunk go into the cells of an accumulator, whose last kept axis has step 1; axes in C order. */
export interface Layout {
  readonly axes: readonly LayoutAxis[];
  readonly at: number;
  readonly cell: number;
  readonly factor: number;
}

/** Cells whose sums stay in the first cache while all rows are added. */
const TILE = 2048;
/** Rows of fewer cells are walked down instead. */
const SHORT = 8;

/** Goes through all values of a chunk in the longest spans that its layout allows. */
export function walk<Input>(layout: Layout, kernel: Kernel<Input>, values: Input): void {
  const axes = mergedAxes(layout.axes);
  if (axes.some(({ length }) => length === 0)) return;
  const visit = spanVisitor(axes, kernel, values);
  const descend = (depth: number, at: number, cell: number, factor: number): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      visit(at, cell, factor);
      return;
    }
    const { length, valueStep, cellStep, factorStep, groups } = axis;
    for (let position = 0; position < length; position += 1) {
      const target = groups === undefined ? position : (groups[position] ?? -1);
      if (target < 0) continue;
      descend(depth + 1, at + position * valueStep, cell + target * cellStep, factor + position * factorStep);
    }
  };
  descend(0, layout.at, layout.cell, layout.factor);
}

type Visit = (at: number, cell: number, factor: number) => void;

/** Takes the axes of the inner loops out of the list and returns what is done at each position of the others. */
function spanVisitor<Input>(axes: LayoutAxis[], kernel: Kernel<Input>, values: Input): Visit {
  const inner = axes.pop() ?? SINGLE;
  if (inner.cellStep === 0 || inner.groups !== undefined) return runVisitor(inner, kernel, values);
  const down = takeRows(axes) ?? SINGLE;
  if (inner.cellStep !== 1 || (inner.length < SHORT && down.length > inner.length)) {
    axes.push(inner);
    return runVisitor(down, kernel, values);
  }
  return rowsVisitor(inner, down, kernel, values);
}

/** A step of 1, because loops end where they have gone as far as all steps. */
const SINGLE: LayoutAxis = { length: 1, valueStep: 1, cellStep: 0, factorStep: 0 };

/** The axis that is walked down under each cell: a reduced one if there is any, else the grouped one. */
function takeRows(axes: LayoutAxis[]): LayoutAxis | undefined {
  let found = axes.findLastIndex(({ cellStep, groups }) => cellStep === 0 && groups === undefined);
  if (found < 0) found = axes.findIndex(({ groups }) => groups !== undefined);
  return found < 0 ? undefined : axes.splice(found, 1)[0];
}

/** Values of one cell after the other. */
function runVisitor<Input>(inner: LayoutAxis, kernel: Kernel<Input>, values: Input): Visit {
  const span = { ...EMPTY, step: inner.valueStep, factorStep: inner.factorStep };
  const runs = runsOf(inner);
  return (at, cell, factor) => {
    for (const run of runs) {
      span.at = at + run.from * inner.valueStep;
      span.cell = cell + run.group * inner.cellStep;
      span.factor = factor + run.from * inner.factorStep;
      span.length = run.length;
      kernel.run(values, span);
    }
  };
}

/** Neighbouring cells, and under each of them the values of a second axis. */
function rowsVisitor<Input>(
  inner: LayoutAxis,
  down: LayoutAxis,
  kernel: Kernel<Input>,
  values: Input,
): Visit {
  const span = { ...EMPTY, step: 1, factorStep: inner.factorStep };
  span.rowStep = down.valueStep;
  span.factorRowStep = down.factorStep;
  const runs = runsOf(down);
  return (at, cell, factor) => {
    for (const run of runs) {
      span.rows = run.length;
      for (let tile = 0; tile < inner.length; tile += TILE) {
        span.length = Math.min(TILE, inner.length - tile);
        span.at = at + run.from * down.valueStep + tile;
        span.cell = cell + run.group * down.cellStep + tile;
        span.factor = factor + run.from * down.factorStep + tile * inner.factorStep;
        kernel.rows(values, span);
      }
    }
  };
}

const EMPTY: Span = {
  at: 0,
  length: 1,
  step: 0,
  rows: 1,
  rowStep: 0,
  cell: 0,
  factor: 0,
  factorStep: 0,
  factorRowStep: 0,
};

interface Run {
  readonly from: number;
  readonly length: number;
  readonly group: number;
}

/** Positions one after the other that go to the same cell. */
function runsOf({ groups, length }: LayoutAxis): Run[] {
  if (groups === undefined) return [{ from: 0, length, group: 0 }];
  const runs: Run[] = [];
  for (let from = 0, end = 0; from < length; from = end) {
    const group = groups[from] ?? -1;
    end = from + 1;
    while (end < length && groups[end] === group) end += 1;
    if (group >= 0) runs.push({ from, length: end - from, group });
  }
  return runs;
}

/** Neighbouring axes that are one run in every respect become one; lengths of 1 vanish. */
function mergedAxes(axes: readonly LayoutAxis[]): LayoutAxis[] {
  const merged: LayoutAxis[] = [];
  for (const axis of axes) {
    if (axis.length === 1 && axis.groups === undefined) continue;
    const outer = merged.at(-1);
    if (outer !== undefined && isOneRun(outer, axis)) {
      merged[merged.length - 1] = { ...axis, length: outer.length * axis.length };
    } else merged.push(axis);
  }
  return merged;
}

function isOneRun(outer: LayoutAxis, inner: LayoutAxis): boolean {
  const { length } = inner;
  return (
    outer.groups === undefined &&
    inner.groups === undefined &&
    (outer.cellStep === 0) === (inner.cellStep === 0) &&
    outer.valueStep === inner.valueStep * length &&
    outer.cellStep === inner.cellStep * length &&
    outer.factorStep === inner.factorStep * length
  );
}
