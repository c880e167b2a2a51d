import { parseCalendar } from "@zarr-gateway/dataset";
import {
  type ChildSession,
  childSession,
  type DryRun,
  type DryStep,
  dryRun,
  type ModelPackage,
  plausibleState,
} from "@zarr-gateway/inference";
import { silentLog } from "@zarr-gateway/server";
import { createProgram } from "../../program.ts";
import type { Terminal } from "../../terminal.ts";
import { configure } from "../configure.ts";
import { openStart } from "./analysis.ts";
import { describeModel } from "./describe-model.ts";
import { type ModelOptions, processOptions, readModel, terminalLog } from "./read-model.ts";

export interface ModelCheckOptions extends ModelOptions {
  readonly init?: string;
  readonly config?: string;
  readonly time?: string;
  readonly steps?: number;
}

const STEPS = 3;
const SEED = 1;
/** Days since 1970: a summer morning, so that features of time are no zeros. */
const RANDOM_START = { day: 19_540, nanoseconds: 6 * 3.6e12 };

/**
 * Prints what a model package is, loads its networks, compares them with it, and makes some steps, on random data or those
 * of an analysis: every network at least once.
 */
export async function modelCheck(
  terminal: Terminal,
  location: string,
  options: ModelCheckOptions,
): Promise<void> {
  const model = await readModel(terminal, location, options);
  terminal.print(describeModel(model));
  if (model.map !== undefined) {
    terminal.print("networks are loaded and compared with this when a map lays it on a dataset\n");
    return;
  }
  const session = await childSession({ model, ...processOptions(options), log: terminalLog(terminal) });
  try {
    const batch = session.maxBatch === 1 ? "one run at a time" : `up to ${session.maxBatch} runs at a time`;
    terminal.print(`runs on ${session.providers.join(", ")}, ${batch}\n`);
    if (options.init === undefined) await checkOnRandomData(terminal, { model, session }, options);
    else await checkOnAnalysis(terminal, { model, session }, { ...options, init: options.init });
  } finally {
    await session.close();
  }
}

interface Loaded {
  readonly model: ModelPackage;
  readonly session: ChildSession;
}

async function checkOnRandomData(
  terminal: Terminal,
  { model, session }: Loaded,
  { steps = STEPS }: ModelCheckOptions,
): Promise<void> {
  const calendar = parseCalendar("standard") ?? "standard";
  terminal.print(`random data (seed ${SEED}):\n`);
  await printSteps(terminal, session, {
    model,
    session,
    run: { calendar, initialTime: RANDOM_START, member: 0 },
    stateAt: (n) => plausibleState(model, n, SEED),
    steps,
  });
}

async function checkOnAnalysis(
  terminal: Terminal,
  { model, session }: Loaded,
  { init, config, time, steps = STEPS }: ModelCheckOptions & { readonly init: string },
): Promise<void> {
  const program = await createProgram(
    await configure(terminal, config, config === undefined ? [init] : []),
    silentLog(),
  );
  try {
    const start = await openStart(program, model, { init, config, time });
    const { conditions } = start;
    const initialTime = conditions.times.at(start.init);
    if (initialTime === undefined) return; // it was found there
    terminal.print(`${init} at ${start.time}:\n`);
    const first = await conditions.state({ init: start.init, member: 0 });
    await printSteps(terminal, session, {
      model,
      session,
      run: { calendar: conditions.calendar, initialTime, member: 0 },
      stateAt: (n) => ({ ...first, n }),
      steps,
    });
  } finally {
    await program.close();
  }
}

async function printSteps(terminal: Terminal, session: ChildSession, run: DryRun): Promise<void> {
  for await (const step of dryRun(run)) {
    const memory = await session.residentBytes();
    terminal.print(`  ${describeStep(step, memory)}\n`);
    for (const [name, { min, max, nans }] of step.ranges)
      terminal.print(`      ${name} ${short(min)} to ${short(max)}${nans === 0 ? "" : `, ${nans} NaN`}\n`);
  }
}

function describeStep({ n, network, ms }: DryStep, memory: number | undefined): string {
  const what = network === undefined ? "first state and its diagnostics" : network.key;
  const resident = memory === undefined ? "" : `, ${Math.round(memory / 1024 ** 2)} MiB`;
  return `n = ${n}  ${what}: ${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms${resident}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
