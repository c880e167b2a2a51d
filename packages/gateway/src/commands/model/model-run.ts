import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset, Variable } from "@zarr-gateway/dataset";
import {
  childSession,
  createRollouts,
  firstUnmade,
  forecastDataset,
  type InitialConditions,
  type ModelPackage,
  provenance,
  type Rollouts,
} from "@zarr-gateway/inference";
import { createByteCache, createWorkerPool, GatewayError } from "@zarr-gateway/primitives";
import { silentLog } from "@zarr-gateway/server";
import { draftZarrFolder, writeZarr } from "@zarr-gateway/sources";
import { UsageError } from "../../command-line.ts";
import { createProgram, type Program } from "../../program.ts";
import type { Terminal } from "../../terminal.ts";
import { programVersion } from "../../version.ts";
import { configure } from "../configure.ts";
import { createCountProgress } from "../progress.ts";
import { openStart, type Start } from "./analysis.ts";
import { type ModelOptions, processOptions, readModel, terminalLog } from "./read-model.ts";

export interface ModelRunOptions extends ModelOptions {
  readonly init: string;
  readonly config?: string;
  readonly time?: string;
  readonly steps: number;
  /** Members by number; the control alone, without a dimension of members, where absent. */
  readonly member?: readonly number[];
  readonly output: string;
  readonly overwrite?: boolean;
}

/** Fields of some leads of all members, until they are written. */
const KEPT_LEADS = 6;
const MIN_KEPT_BYTES = 256 * 1024 ** 2;
/** More than the writer has in flight. */
const MAX_QUEUED_TASKS = 100;
/** About three weeks: nobody waits for an answer but the command itself. */
const MAX_WAIT_MS = 2_000_000_000;

/** Rolls a model out from an analysis and writes what a server would publish of that initial time. */
export async function modelRun(
  terminal: Terminal,
  location: string,
  options: ModelRunOptions,
): Promise<void> {
  const draft = await draftZarrFolder(resolve(terminal.folder, options.output), options.overwrite);
  try {
    const model = await readModel(terminal, location, options);
    if (model.map !== undefined)
      throw new UsageError("the package is that of a map, which has no steps; expected a step and networks");
    const unmade = firstUnmade(model, options.steps);
    if (unmade !== undefined)
      throw new UsageError(`--steps ${options.steps}: no network of the model makes n = ${unmade}`);
    if (model.map !== undefined)
      throw new GatewayError(
        "invalid_request",
        "this is the package of a map, which has no steps: see maps in the configuration",
      );
    const program = await createProgram(
      await configure(terminal, options.config, options.config === undefined ? [options.init] : []),
      silentLog(),
    );
    try {
      const start = await openStart(program, model, options);
      await write(terminal, { program, model, start, options, sink: draft.write });
    } finally {
      await program.close();
    }
    await draft.commit();
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

interface Run {
  readonly program: Program;
  readonly model: ModelPackage;
  readonly start: Start;
  readonly options: ModelRunOptions;
  readonly sink: Parameters<typeof writeZarr>[1];
}

async function write(terminal: Terminal, run: Run): Promise<void> {
  const { model, start, options } = run;
  const members = options.member ?? [0];
  const providers = new Set<string>();
  const pool = createWorkerPool({ threads: availableParallelism(), maxQueue: MAX_QUEUED_TASKS });
  const conditions = fromOneTime(start);
  const rollouts = openRollouts(terminal, { ...run, conditions, providers });
  const progress = createCountProgress(terminal, "writing chunks");
  const began = performance.now();
  try {
    const dataset = finished(
      forecastDataset({
        id: basename(options.output),
        model,
        conditions: { ...start.conditions, times: conditions.times },
        rollouts: {
          field: (request, call) =>
            rollouts.field({ ...request, member: members[request.member] ?? 0 }, call),
        },
        steps: options.steps,
        members: options.member?.length,
        version: model.version,
      }),
      run,
      providers,
    );
    const coder = createChunkCoder({ pool });
    await writeZarr(dataset, run.sink, { coder, onProgress: progress.update });
    const seconds = (performance.now() - began) / 1000;
    progress.end();
    terminal.print(
      `${options.output}: ${rollouts.counts.steps} steps from ${start.time} in ${seconds.toFixed(1)} s on ${[...providers].join(", ")}\n`,
    );
  } finally {
    progress.end();
    await rollouts.close();
    await pool.close();
  }
}

/** The conditions with one initial time alone. */
function fromOneTime({ conditions, init }: Start): InitialConditions {
  return {
    calendar: conditions.calendar,
    times: conditions.times.slice(init, init + 1),
    version: conditions.version,
    state: ({ member }, call) => conditions.state({ init, member }, call),
  };
}

interface RolloutParts extends Run {
  readonly conditions: InitialConditions;
  readonly providers: Set<string>;
}

function openRollouts(terminal: Terminal, { model, options, conditions, providers }: RolloutParts): Rollouts {
  const { steps, member = [0] } = options;
  return createRollouts({
    model,
    session: async (call) => {
      const session = await childSession(
        { model, ...processOptions(options), log: terminalLog(terminal) },
        call,
      );
      for (const provider of session.providers) providers.add(provider);
      return session;
    },
    conditions,
    steps,
    members: Math.max(...member) + 1,
    cache: createByteCache(Math.max(MIN_KEPT_BYTES, KEPT_LEADS * member.length * leadBytes(model))),
    keyPrefix: "run",
    maxWaitMs: MAX_WAIT_MS,
  });
}

function leadBytes({ grid, variables, levels }: ModelPackage): number {
  const points = grid.reduce((product, { labels }) => product * labels.length, 1);
  const fields = variables.map((variable) =>
    variable.levels === undefined ? 1 : (levels[variable.levels]?.length ?? 1),
  );
  return 4 * points * fields.reduce((sum, count) => sum + count, 0);
}

/** With what is known only at the end: attributes are asked for last. */
function finished(dataset: Dataset, { model, options }: Run, providers: ReadonlySet<string>): Dataset {
  const origin = { model, gatewayVersion: programVersion(), analysis: basename(options.init) };
  return {
    ...dataset,
    variables: withMembers(dataset.variables, options.member),
    get attrs() {
      return { ...dataset.attrs, ...provenance({ ...origin, providers: [...providers] }) };
    },
  };
}

/** Members under their own numbers. */
function withMembers(variables: Dataset["variables"], numbers: readonly number[] = []): Dataset["variables"] {
  const member = variables.get("member");
  if (member === undefined) return variables;
  const values = BigInt64Array.from(numbers, BigInt);
  const read: Variable["source"]["read"] = () => Promise.resolve({ shape: [values.length], values });
  return new Map([...variables, ["member", { ...member, source: { ...member.source, read } }]]);
}
