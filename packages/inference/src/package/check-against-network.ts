import { basename } from "node:path";
import { similarWord } from "@zarr-gateway/primitives";
import type { Channel, GridAxis, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { Network, TensorMetadata, TensorType } from "../network.ts";
import { tensorGeometry } from "../tensor/geometry.ts";
import { keyBelow, ModelPackageError, type PackageProblem } from "./package-problem.ts";

type Metadata = Pick<Network, "inputs" | "outputs">;
type Direction = "inputs" | "outputs";

const FLOATS: readonly TensorType[] = ["float16", "float32", "float64"];

/**
 * Compares what a package says of a network with what the graph says of itself: names (`$0` by position), ranks, lengths of
 * axes, types. A dimension of the graph that has a name instead of a length fits any; so does a graph that tells no shape. Pure.
 * @throws ModelPackageError with every mistake: key, tensor, expected and came
 */
export function checkAgainstNetwork(plan: NetworkPlan, metadata: Metadata, grid: readonly GridAxis[]): void {
  const problems = networkProblems(plan, metadata, grid);
  if (problems.length > 0) throw new ModelPackageError(problems);
}

/** The tensor of a graph that a name of the package means: `$0` is the first; undefined where there is none. */
export function tensorNamed(name: string, all: readonly TensorMetadata[]): TensorMetadata | undefined {
  const position = /^\$(\d+)$/.exec(name)?.[1];
  return all.find((one) => one.name === name) ?? (position === undefined ? undefined : all[Number(position)]);
}

/** Length of the batch axis that a graph has for a tensor; undefined where the tensor has no such axis. */
export function batchLength(
  { layout }: Pick<TensorPlan, "layout">,
  { shape }: TensorMetadata,
): number | "free" | undefined {
  const dimension = layout.findIndex((axes) => axes.includes("batch"));
  const length = shape[dimension];
  return length === undefined || typeof length === "number" ? length : "free";
}

function networkProblems(
  plan: NetworkPlan,
  metadata: Metadata,
  grid: readonly GridAxis[],
): readonly PackageProblem[] {
  const file = plan.file === undefined ? (plan.model?.name ?? "model") : basename(plan.file);
  const found: { readonly key: string; readonly message: string }[] = [];
  for (const direction of ["inputs", "outputs"] as const) {
    const key = `${plan.key}.${direction}`;
    const used = new Map<string, string>();
    for (const tensor of plan[direction]) {
      const at = keyBelow(key, tensor.name);
      const actual = tensorNamed(tensor.name, metadata[direction]);
      if (actual === undefined) {
        found.push({ key: at, message: unknownTensor(tensor.name, direction, metadata) });
        continue;
      }
      const other = used.get(actual.name);
      if (other !== undefined)
        found.push({ key: at, message: `is the tensor ${actual.name}, as ${other} is; keep one` });
      used.set(actual.name, tensor.name);
      for (const message of tensorProblems(tensor, actual, { grid, isInput: direction === "inputs" }))
        found.push({ key: at, message });
    }
    const missing = metadata[direction].filter(({ name }) => direction === "inputs" && !used.has(name));
    for (const { name, type, shape } of missing)
      found.push({
        key: keyBelow(key, name),
        message: `missing; the graph has an input ${name}: ${type} ${show(shape)}`,
      });
  }
  return found.map((problem) => ({ file, ...problem }));
}

function unknownTensor(name: string, direction: Direction, metadata: Metadata): string {
  const names = metadata[direction].map((one) => one.name);
  const other = direction === "inputs" ? "outputs" : "inputs";
  const meant = similarWord(name, names);
  const isOther = metadata[other].some((one) => one.name === name);
  const advice = isOther
    ? `; it is one of its ${other}`
    : meant === undefined
      ? ""
      : `; did you mean ${meant}?`;
  return `the graph has no ${direction.slice(0, -1)} ${name}${advice}; it has ${names.join(", ") || "none"}`;
}

function tensorProblems(
  plan: TensorPlan,
  actual: TensorMetadata,
  { grid, isInput }: { readonly grid: readonly GridAxis[]; readonly isInput: boolean },
): string[] {
  const problems: string[] = [];
  const { name, type, shape } = actual;
  const needsFloat = plan.normalize !== undefined || plan.channels.some(needsFractions(plan, isInput));
  if (needsFloat && !FLOATS.includes(type))
    problems.push(`tensor ${name}: expected type ${FLOATS.join(", ")}; got ${type}`);
  // libraries tell no dimensions where a graph leaves even their number open
  if (shape.length === 0 && plan.layout.length > 0) return problems;
  const expected = tensorGeometry(plan, grid, 1).shape;
  const layout = `[${plan.layout.map((axes) => (axes.length === 1 ? axes[0] : `[${axes.join(", ")}]`)).join(", ")}]`;
  if (expected.length !== shape.length) {
    problems.push(
      `tensor ${name}: expected ${expected.length} dimensions ${layout} = ${show(expected)}; got ${shape.length}: ${show(shape)}`,
    );
    return problems;
  }
  const wrong = shape.flatMap((length, axis) =>
    typeof length === "string" || length < 0 || length === expected[axis]
      ? []
      : [`${plan.layout[axis]?.join("·")} expected ${expected[axis]}, got ${length}`],
  );
  if (wrong.length > 0)
    problems.push(
      `tensor ${name}: expected the shape ${layout} = ${show(expected)}; got ${show(shape)} (${wrong.join("; ")})`,
    );
  return problems;
}

/** What whole numbers cannot hold: what a state has, and random numbers. Diagnostic outputs may be classes. */
function needsFractions({ feed }: TensorPlan, isInput: boolean): (channel: Channel) => boolean {
  return ({ kind }) => kind === "random" || (kind === "field" && (isInput || feed.length > 0));
}

function show(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}
