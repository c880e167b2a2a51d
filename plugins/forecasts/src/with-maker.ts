import type { ChunkIndex, ChunkMaker, ChunkSource, Dataset, Variable } from "@zarr-gateway/dataset";
import { type FieldRequest, type ModelPackage, type Rollouts, stepsNeeded } from "@zarr-gateway/inference";

export interface MadeBy {
  readonly model: Pick<ModelPackage, "variables" | "networks" | "history">;
  readonly rollouts: Pick<Rollouts, "estimate">;
  /** False where the analysis is itself made by something slow, as another forecast is. */
  readonly hasStoredStart: boolean;
}

/** The dataset with sources that tell which model makes their chunks, and what that takes. */
export function withMaker(dataset: Dataset, { model, rollouts, hasStoredStart }: MadeBy): Dataset {
  const names = new Set(model.variables.map(({ name }) => name));
  const fields = (needed: Parameters<ChunkMaker["explain"]>[0]): FieldRequest[] =>
    needed.flatMap(({ variable, index }) => fieldOf(dataset.variables.get(variable), index));
  // the first state is the analysis; what is diagnosed of it is not
  const states = new Set(model.variables.filter(({ role }) => role === "state").map(({ name }) => name));
  const by: ChunkMaker = {
    explain: (needed) => explainFields(fields(needed), { model, rollouts }),
    isAtHand: (needed) =>
      fields(needed).every(
        (field) =>
          (hasStoredStart && field.n === 0 && states.has(field.variable)) || rollouts.estimate(field).isKept,
      ),
  };
  const variables = [...dataset.variables].map(([name, variable]): [string, Variable] => [
    name,
    names.has(name) ? { ...variable, source: made(variable.source, { by, variable: name }) } : variable,
  ]);
  return { ...dataset, variables: new Map(variables) };
}

function made(source: ChunkSource, by: NonNullable<ChunkSource["made"]>): ChunkSource {
  return { ...source, read: source.read.bind(source), made: by };
}

/** One chunk is one field. */
function fieldOf(variable: Variable | undefined, index: ChunkIndex): FieldRequest[] {
  if (variable === undefined) return [];
  const at = (dim: string): number => index[variable.dims.indexOf(dim)] ?? 0;
  return [{ init: at("init_time"), member: at("member"), n: at("lead_time"), variable: variable.name }];
}

interface RunFields {
  readonly init: number;
  readonly member: number;
  /** Leads, each with one of the fields that are wanted of it. */
  readonly fields: Map<number, FieldRequest>;
}

/** Steps that the fields need, each run's counted once, and how far they are done. */
function explainFields(
  fields: readonly FieldRequest[],
  { model, rollouts }: Pick<MadeBy, "model" | "rollouts">,
): Readonly<Record<string, unknown>> {
  const runs = runsOf(fields);
  let [steps, kept, keptFields, wait] = [0, 0, 0, 0 as number | undefined];
  let ahead = 0;
  for (const run of runs) {
    const needed = new Set([...run.fields.keys()].flatMap((n) => stepsNeeded(model, n, () => false)));
    const estimates = [...run.fields.values()].map((field) => rollouts.estimate(field));
    const missing = Math.max(0, ...estimates.map((one) => (one.isKept ? 0 : one.steps - one.stepsKept)));
    steps += needed.size;
    kept += Math.max(0, needed.size - missing);
    keptFields += estimates.filter(({ isKept }) => isKept).length;
    ahead = Math.max(ahead, ...estimates.map(({ stepsAhead }) => stepsAhead));
    wait = addedWait(wait, estimates);
  }
  return {
    runs: runs.length,
    steps,
    stepsKept: kept,
    keptShare: fields.length === 0 ? 1 : share(keptFields, runs),
    stepsAhead: ahead,
    ...(wait !== undefined && { waitSeconds: Math.round(wait) / 1000 }),
  };
}

/** Of a run what its last field takes; unknown where nothing is known of one that is not at hand. */
function addedWait(
  sum: number | undefined,
  estimates: readonly ReturnType<Rollouts["estimate"]>[],
): number | undefined {
  const missing = estimates.filter(({ isKept }) => !isKept);
  const known = missing.map(({ waitMs }) => waitMs).filter((waitMs) => waitMs !== undefined);
  if (sum === undefined || (missing.length > 0 && known.length === 0)) return undefined;
  return sum + Math.max(0, ...known);
}

function share(kept: number, runs: readonly RunFields[]): number {
  const wanted = runs.reduce((sum, { fields }) => sum + fields.size, 0);
  return Math.round((1000 * kept) / wanted) / 1000;
}

function runsOf(fields: readonly FieldRequest[]): RunFields[] {
  const runs = new Map<string, RunFields>();
  for (const field of fields) {
    const { init, member, n } = field;
    const key = `${init} ${member}`;
    const run = runs.get(key) ?? { init, member, fields: new Map() };
    runs.set(key, run);
    run.fields.set(n, field);
  }
  return [...runs.values()];
}
