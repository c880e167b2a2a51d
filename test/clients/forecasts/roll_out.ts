import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Calendar, parseTimeUnits } from "@zarr-gateway/dataset";
import {
  createModelSession,
  type Fields,
  type ModelPackage,
  type ModelSession,
  type Run,
  readModelPackage,
  runtimeFor,
  type StateHandle,
  statesBefore,
  stepsNeeded,
} from "@zarr-gateway/inference";

/** What the test wants: files of float32 values lie in `folder`. */
interface Wanted {
  readonly model: string;
  readonly folder: string;
  /** RFC 3339 without a zone. */
  readonly init: string;
  readonly members: readonly number[];
  readonly calendar: Calendar;
  readonly leads: readonly number[];
}

/** Rolls a package out in this process. Reads `NAME-BACK.f32`, writes `MEMBER-LEAD-NAME.f32`, prints what it cost. */
async function main(file: string): Promise<void> {
  const wanted = JSON.parse(await readFile(file, "utf8")) as Wanted; // written by the test
  const model = await readModelPackage(wanted.model);
  const log = { info: () => {}, warn: console.error };
  const runtime = runtimeFor(model.runtime, { providers: ["cpu"], threads: 1, log });
  const session = await createModelSession({ model, runtime });
  const time = parseTimeUnits(`days since ${wanted.init}`, wanted.calendar)!;
  const runs = wanted.members.map(
    (member): Run => ({ calendar: wanted.calendar, initialTime: time.reference, member }),
  );
  await rollOut(session, { model, wanted, runs });
  console.log(JSON.stringify({ version: model.version, counts: session.counts, maxBatch: session.maxBatch }));
  await session.close();
  await runtime.close();
}

interface RollOut {
  readonly model: ModelPackage;
  readonly wanted: Wanted;
  readonly runs: readonly Run[];
}

/** All members are one batch. */
async function rollOut(session: ModelSession, { model, wanted, runs }: RollOut): Promise<void> {
  const state = { n: 0, entries: await readEntries(model, wanted.folder) };
  const begun = await Promise.all(runs.map((run) => session.begin(run, state, { diagnose: true })));
  const handles = new Map<number, StateHandle[]>([[0, begun.map((one) => one.state)]]);
  for (const [row, { fields }] of begun.entries()) await writeFields(wanted, { row, n: 0 }, fields);
  for (const n of wanted.leads.flatMap((lead) => stepsNeeded(model, lead, (step) => handles.has(step)))) {
    if (handles.has(n)) continue;
    const from = (row: number) =>
      new Map(statesBefore(model, n).map((step) => [step, handles.get(step)![row]!] as const));
    const made = await session.step(runs.map((run, row) => ({ run, n, from: from(row) })));
    handles.set(
      n,
      made.map((one) => one.state),
    );
    for (const [row, { fields }] of made.entries()) await writeFields(wanted, { row, n }, await fields);
  }
}

async function readEntries(model: ModelPackage, folder: string): Promise<Fields[]> {
  const names = model.variables.filter(({ role }) => role === "state").map(({ name }) => name);
  const entries: Fields[] = [];
  for (let back = 0; back < model.history; back++) {
    const fields = new Map<string, Float32Array>();
    for (const name of names) {
      const bytes = await readFile(join(folder, `${name}-${back}.f32`));
      fields.set(name, new Float32Array(new Uint8Array(bytes).buffer));
    }
    entries.push(fields);
  }
  return entries;
}

async function writeFields(
  { members, folder }: Wanted,
  { row, n }: { readonly row: number; readonly n: number },
  fields: Fields,
): Promise<void> {
  for (const [name, values] of fields)
    await writeFile(join(folder, `${members[row]}-${n}-${name}.f32`), values);
}

await main(process.argv[2] ?? "");
