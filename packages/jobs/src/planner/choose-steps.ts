import type { JobRecord, StepRecord, TaskRecord } from "../record.ts";

/** A step that could run now. */
export interface Candidate {
  readonly jobId: string;
  readonly task: string;
  readonly step: string;
  /** Attempts begun so far. */
  readonly fence: number;
  readonly definition: string;
  readonly owner: string;
}

export interface ConcurrencyLimits {
  /** Steps of one job definition that run at once, in all processes together. */
  readonly perDefinition?: Readonly<Record<string, number>>;
  /** Steps of one owner that run at once. */
  readonly perOwner?: number;
}

/** Steps that run now, by job definition and by owner. */
export interface RunningCounts {
  readonly definitions: ReadonlyMap<string, number>;
  readonly owners: ReadonlyMap<string, number>;
}

/** One point of priority is worth this much waiting: nothing starves behind a stream of urgent jobs. */
export const AGEING_MS = 60_000;

/**
 * Place in the queue, the lowest first. Ageing needs no clock here: priority + waited/AGEING_MS orders two steps the
 * same way at any moment, because both wait equally on.
 */
export function queueRank(priority: number, readyAt: number): number {
  return readyAt - priority * AGEING_MS;
}

/**
 * A step's place in the queue. One that follows a step that succeeded has the place of that one: what has begun is brought to
 * its end before other work of the same priority begins.
 */
export function stepRank({ priority }: JobRecord, task: TaskRecord, { readyAt }: StepRecord): number {
  const before = task.steps.flatMap((step) => (step.state === "succeeded" ? [step.readyAt] : []));
  return queueRank(priority, Math.min(readyAt, ...before));
}

/** Takes from candidates in rank order what the limits allow, at most `free`. Pure; reads no further than it must. */
export function chooseSteps(
  candidates: Iterable<Candidate>,
  running: RunningCounts,
  room: { readonly free: number; readonly limits: ConcurrencyLimits },
): readonly Candidate[] {
  const chosen: Candidate[] = [];
  if (room.free <= 0) return chosen;
  const definitions = new Map(running.definitions);
  const owners = new Map(running.owners);
  for (const candidate of candidates) {
    const ofDefinition = definitions.get(candidate.definition) ?? 0;
    const ofOwner = owners.get(candidate.owner) ?? 0;
    if (ofDefinition >= (room.limits.perDefinition?.[candidate.definition] ?? Infinity)) continue;
    if (ofOwner >= (room.limits.perOwner ?? Infinity)) continue;
    definitions.set(candidate.definition, ofDefinition + 1);
    owners.set(candidate.owner, ofOwner + 1);
    chosen.push(candidate);
    if (chosen.length >= room.free) break;
  }
  return chosen;
}
