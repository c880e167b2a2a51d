import type { GridAxis, ModelPackage } from "../model-package.ts";
import { readAxisNames, readMapGrid } from "./map-grid.ts";
import { readDiagnostics, readNetworks } from "./network-list.ts";
import { ATTRIBUTE_KEYS, readAttributes, readHistory, readRuntime, readStep } from "./package-head.ts";
import { readPerturbation } from "./perturbation.ts";
import type { Reading } from "./pieces.ts";
import { describeVariable, levelPositions, planOf } from "./plan-of.ts";
import { RESERVED_NAMES, readGrid, readVertical } from "./space.ts";
import { collectVariables, nameLists } from "./variable-lists.ts";
import { readVariables } from "./variable-properties.ts";
import { type Place, type Report, readMap, required, type Written } from "./written.ts";

/** What the files of a package hold. */
export type PackageContents = Pick<Reading, "arrays" | "graphs">;

const SPACE_KEYS = ["step", "history", "grid", "scale", "vertical"];
const MODEL_KEYS = ["variables", "networks", "diagnostics", "perturbation"];
const KEYS = [...ATTRIBUTE_KEYS, "runtime", "url", ...SPACE_KEYS, ...MODEL_KEYS];
/** Of all tensors together; published models have some hundreds. */
const MAX_CHANNELS = 200_000;

/**
 * What a model package says. Mistakes are reported, all of them; what is returned then is not to be used. Pure.
 * @returns undefined where it is no map at all
 */
export function parseModelPackage(
  root: Written,
  contents: PackageContents,
  report: Report,
): Omit<ModelPackage, "version"> | undefined {
  const entries = readMap(root, report, KEYS);
  if (entries === undefined) return undefined;
  const attrs = readAttributes(entries, report);
  const runtime = readRuntime(entries, root, report);
  const gridOf = required(entries, "grid", { report, at: root, what: "a map of axes" });
  const isMap = gridOf?.kind === "list";
  const grid = gridOf === undefined ? [] : isMap ? readAxisNames(gridOf, report) : readGrid(gridOf, report);
  const map = readMapGrid(entries, root, { report, grid, isMap });
  const stepMs = isMap ? 0 : readStep(entries, root, report);
  const history = readHistory(entries.get("history"), report);
  const reading = { ...contents, report, grid, history, stepMs, takeChannels: channelBudget(report) };
  const networks = isMap ? [] : readNetworks(entries, root, { ...reading, runtime: runtime.name });
  const diagnostics = readDiagnostics(entries.get("diagnostics"), { ...reading, runtime: runtime.name });
  const named = collectVariables([...networks, ...diagnostics], report);
  const names = named.map(({ name }) => name);
  const properties = readVariables(entries.get("variables"), names, report);
  const vertical = readVertical(entries.get("vertical"), report);
  const levels = nameLists(named, vertical.name);
  checkNames([grid, [...levels.keys()], names], gridOf ?? root, report);
  const perturbation = readPerturbation(entries.get("perturbation"), named, report);
  const positions = levelPositions(named);
  return {
    attrs,
    runtime,
    stepMs,
    history,
    grid,
    vertical,
    levels: Object.fromEntries(levels),
    variables: named.map((variable) => describeVariable(variable, levels, properties.get(variable.name))),
    networks: networks.map((network) => planOf(network, positions)),
    diagnostics: diagnostics.map((network) => planOf(network, positions, map?.scale)),
    ...(perturbation === undefined ? {} : { perturbation }),
    ...(map === undefined ? {} : { map }),
  };
}

function channelBudget(report: Report): Reading["takeChannels"] {
  let left = MAX_CHANNELS;
  let isTold = false;
  return (count, at) => {
    left -= count;
    if (left >= 0) return true;
    if (!isTold) report(at, `expected at most ${MAX_CHANNELS} channels in all tensors together; got more`);
    isTold = true;
    return false;
  };
}

type Names = readonly [grid: readonly GridAxis[], levels: readonly string[], variables: readonly string[]];

/** Dimensions, coordinates and variables are arrays of one group. */
function checkNames([grid, levels, variables]: Names, at: Place, report: Report): void {
  const owners = new Map<string, string>(RESERVED_NAMES.map((name) => [name, "of every forecast"]));
  const take = (name: string, owner: string): void => {
    const other = owners.get(name);
    if (other === undefined) owners.set(name, owner);
    else if (owner !== "of the grid" || other !== "of every forecast")
      report(at, `the name ${JSON.stringify(name)} is taken twice: ${other} and ${owner}`);
  };
  for (const { name } of grid) take(name, "of the grid");
  for (const name of levels) take(name, "of levels");
  for (const name of variables) take(name, "of a variable");
}
