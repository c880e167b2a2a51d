import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type JobRecord, type JobStore, jobState, openJobStore } from "@zarr-gateway/jobs";

export interface CrashPlan {
  readonly url: string;
  /** A folder of its own. */
  readonly folder: string;
  readonly jobs: number;
  readonly kills: number;
  readonly workers: number;
  /** Something else that happens now and then: a restart of the database. */
  readonly between?: (kill: number) => Promise<void>;
}

/** What the processes have noted. */
interface Notes {
  /** Number of the request → ids of jobs that were acknowledged. */
  readonly accepted: ReadonlyMap<number, ReadonlySet<string>>;
  /** `job step fence`, as often as an attempt began. */
  readonly effects: readonly string[];
}

/** Runs jobs while processes are killed at random, until all jobs have ended; gives what there is to be said about them. */
export async function crashing(
  plan: CrashPlan,
): Promise<{ readonly jobs: readonly JobRecord[]; readonly notes: Notes; readonly store: JobStore }> {
  const notes = join(plan.folder, "notes");
  const store = await openJobStore(plan.url);
  const crew = new Crew(plan, notes);
  crew.keepUp();
  for (let kill = 0; kill < plan.kills; kill++) {
    await grown(notes);
    await sleep(Math.random() * 60);
    await crew.killOne();
    await plan.between?.(kill);
    crew.keepUp();
  }
  await crew.submitted();
  let jobs = await allJobs(store, plan.jobs);
  for (
    const end = Date.now() + 120_000;
    jobs.some(({ endedAt }) => endedAt === undefined) && Date.now() < end;
  ) {
    crew.keepUp();
    await sleep(100);
    jobs = await allJobs(store, plan.jobs);
  }
  await crew.dismiss();
  return { jobs, notes: notesIn(notes), store };
}

/** What must be true of jobs after any number of crashes; empty when it is. */
export async function wrongs({
  jobs,
  notes,
  store,
}: Awaited<ReturnType<typeof crashing>>): Promise<readonly string[]> {
  const found: string[] = [];
  const ids = new Set(jobs.map(({ id }) => id));
  for (const [index, accepted] of notes.accepted) {
    if (accepted.size > 1) found.push(`request ${index} made ${accepted.size} jobs`);
    for (const id of accepted) if (!ids.has(id)) found.push(`job ${id} was accepted and is lost`);
  }
  const effects = new Set(notes.effects);
  if (effects.size < notes.effects.length) found.push("an attempt began twice under one fence");
  for (const job of jobs) {
    if (jobState(job) !== "succeeded") found.push(`job ${job.id} ended as ${jobState(job)}`);
    const events = await store.events(job.id, { after: 0, limit: 10_000 });
    const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1);
    if (gap >= 0) found.push(`the events of job ${job.id} have a gap`);
    for (const step of job.tasks.flatMap(({ steps }) => steps)) {
      const ends = events.flatMap(({ event }) =>
        event.type === "step_succeeded" && event.step === step.name ? [event.fence] : [],
      );
      if (ends.length !== 1) found.push(`step ${step.name} of job ${job.id} ended ${ends.length} times`);
      if (!effects.has(`${job.id} ${step.name} ${step.fence}`))
        found.push(`step ${step.name} of job ${job.id} has no effect`);
    }
  }
  return found;
}

/** Until somebody has noted something, so that those who work are met, not those who start. */
async function grown(notes: string): Promise<void> {
  const size = (): number => statSync(notes, { throwIfNoEntry: false })?.size ?? 0;
  const before = size();
  for (let looks = 0; looks < 200 && size() === before; looks++) await sleep(10);
}

/** How many attempts were cut short. */
export function lostAttempts(jobs: readonly JobRecord[]): number {
  const steps = jobs.flatMap(({ tasks }) => tasks.flatMap((task) => task.steps));
  return steps.flatMap(({ attempts }) => attempts).filter(({ outcome }) => outcome === "lost").length;
}

/** Processes, one of which submits until all jobs are accepted. */
class Crew {
  readonly #plan: CrashPlan;
  readonly #notes: string;
  #submitter: ChildProcess | undefined;
  #workers: ChildProcess[] = [];

  constructor(plan: CrashPlan, notes: string) {
    this.#plan = plan;
    this.#notes = notes;
  }

  /** Starts who is missing. */
  keepUp(): void {
    const { accepted } = notesIn(this.#notes);
    if (accepted.size < this.#plan.jobs && !isRunning(this.#submitter))
      this.#submitter = this.#start("submit", accepted.size);
    this.#workers = this.#workers.filter(isRunning);
    while (this.#workers.length < this.#plan.workers) this.#workers.push(this.#start("work", 0));
  }

  async killOne(): Promise<void> {
    const running = [this.#submitter, ...this.#workers].filter((one) => one !== undefined && isRunning(one));
    const one = running[Math.floor(Math.random() * running.length)];
    if (one === undefined) return;
    const gone = once(one, "exit");
    one.kill("SIGKILL");
    await gone;
  }

  async submitted(): Promise<void> {
    while (notesIn(this.#notes).accepted.size < this.#plan.jobs) {
      this.keepUp();
      await sleep(50);
    }
  }

  async dismiss(): Promise<void> {
    const gone = this.#workers.filter(isRunning).map((one) => once(one, "exit"));
    for (const one of this.#workers) one.kill("SIGTERM");
    await Promise.all(gone);
  }

  #start(role: string, first: number): ChildProcess {
    const { url, jobs, folder } = this.#plan;
    const args = [
      join(import.meta.dirname, "crash-process.ts"),
      role,
      url,
      this.#notes,
      String(first),
      String(jobs),
    ];
    const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") };
    return spawn(process.execPath, args, { stdio: "ignore", env });
  }
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

function notesIn(path: string): Notes {
  const accepted = new Map<number, Set<string>>();
  const effects: string[] = [];
  for (const line of (existsSync(path) ? readFileSync(path, "utf8") : "").split("\n")) {
    const [kind, ...words] = line.split(" ");
    if (kind === "effect") effects.push(words.join(" "));
    const [index, id] = words;
    if (kind === "accepted" && id !== undefined)
      accepted.set(Number(index), (accepted.get(Number(index)) ?? new Set()).add(id));
  }
  return { accepted, effects };
}

async function allJobs(store: JobStore, count: number): Promise<readonly JobRecord[]> {
  for (;;)
    try {
      return await store.list({ limit: 2 * count });
    } catch {
      await sleep(50); // the database is being restarted
    }
}
