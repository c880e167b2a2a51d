import type { JobEvent } from "../../event.ts";
import type { Claim, JobStore } from "../../job-store.ts";
import { plannedJob } from "../../planner/plan-job.ts";
import type { JobRecord } from "../../record.ts";

/** Opens an empty store; the suite closes it. */
export type OpenStore = () => Promise<JobStore>;

const STEPS = new Map(["fetch", "run"].map((name) => [name, { name, run: async () => null }]));
export const NO_RULE = { maxQueued: 1000 };

/** A job of one task with two steps, one after the other. */
export function twoStepJob(id: string, wishes: Partial<JobRecord> = {}): JobRecord {
  const blank = {
    id,
    definition: "d",
    owner: "o",
    params: { id },
    priority: 0,
    createdAt: 0,
    retentionMs: 100,
  };
  const plan = [{ key: "t", input: id, steps: [{ step: "fetch" }, { step: "run" }] }];
  return plannedJob({ ...blank, ...wishes }, plan, STEPS);
}

export function claimSome(
  store: JobStore,
  wishes: Partial<Parameters<JobStore["claim"]>[0]> = {},
): Promise<readonly Claim[]> {
  const request = { worker: "w", now: 10, leaseMs: 30, free: 100, steps: ["fetch", "run"], limits: {} };
  return store.claim({ ...request, ...wishes });
}

export function attemptOf({ task, step }: Claim) {
  return { task: task.key, step: step.name, fence: step.fence };
}

export function succeededEvent(claim: Claim, at: number): JobEvent {
  return { type: "step_succeeded", ...attemptOf(claim), output: { of: claim.step.name }, at };
}

export async function claimOne(store: JobStore, wishes = {}): Promise<Claim> {
  const [claim] = await claimSome(store, { ...wishes, free: 1 });
  if (claim === undefined) throw new Error("nothing to claim");
  return claim;
}

export async function finish(store: JobStore, id: string): Promise<void> {
  for (let round = 0; round < 2; round++)
    for (const claim of await claimSome(store, { now: 20 }))
      if (claim.job.id === id) await store.append(id, [succeededEvent(claim, 20)]);
}
