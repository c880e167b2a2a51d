import type { JobEvent, RecordedEvent } from "../event.ts";
import type { JobStats } from "../job-stats.ts";
import type {
  Appended,
  Claim,
  ClaimRequest,
  JobFilter,
  JobHead,
  JobStore,
  SubmitRule,
  Submitted,
} from "../job-store.ts";
import { type Candidate, chooseSteps, queueRank, stepRank } from "../planner/choose-steps.ts";
import type { JobRecord, StepRecord } from "../record.ts";
import { advanceJobBy, isDue } from "../reducer/job-reducer.ts";
import { isJobEnded, jobState } from "../reducer/job-state.ts";
import { claimOf, startEvent } from "./claims.ts";
import { CountedJobs } from "./counted-jobs.ts";
import { hasText, isInTime, isOverdue } from "./job-filters.ts";

/** Jobs that end with the process: for tests and for trying things out. Bounded only by what is submitted. */
export function memoryJobStore(): JobStore {
  const store = new MemoryJobs();
  return {
    inOrder: true,
    create: async (job, rule) => store.create(job, rule),
    get: async (id) => store.jobs.get(id),
    append: async (id, events) => store.append(id, events),
    claim: async (request) => store.claim(request),
    lostLeases: async (now, limit) => store.lostLeases(now).slice(0, limit),
    leasesAfter: async (until, limit) => store.leasesAfter(until).slice(0, limit),
    overdue: async (now, limit) => store.overdue(now).slice(0, limit),
    dueToExpire: async (now, limit) => store.dueToExpire(now).slice(0, limit),
    events: async (id, { after, limit }) => (store.events.get(id) ?? []).slice(after, after + limit),
    list: async (filter) => store.list(filter),
    outlived: async (before, limit) => store.outlived(before).slice(0, limit),
    latest: async (ids) => store.latest(ids),
    remove: async (id) => store.remove(id),
    stats: async () => store.stats(),
    position: async (id) => store.position(id),
    close: async () => {},
  };
}

/** Every method runs to its end without a pause, which is what makes it one transaction. */
class MemoryJobs {
  readonly jobs = new Map<string, JobRecord>();
  readonly events = new Map<string, RecordedEvent[]>();
  readonly #keys = new Map<string, { digest: string; expiresAt: number; job: string }>();

  create(job: JobRecord, rule: SubmitRule): Submitted {
    const wish = rule.idempotency;
    const key = JSON.stringify([job.owner, wish?.key]);
    const known = wish === undefined ? undefined : this.#keys.get(key);
    const first = known === undefined ? undefined : this.jobs.get(known.job);
    if (known !== undefined && first !== undefined && known.expiresAt > job.createdAt)
      return known.digest === wish?.digest
        ? { outcome: "repeated", job: first }
        : { outcome: "other_request" };
    if (this.jobs.has(job.id)) return { outcome: "taken" };
    const queued = this.#queued().filter((other) => other.definition === job.definition).length;
    if (queued >= rule.maxQueued) return { outcome: "full", queued };
    this.jobs.set(job.id, job);
    this.#keep(job.id, [{ type: "job_submitted", at: job.createdAt }]);
    if (wish !== undefined)
      this.#keys.set(key, { digest: wish.digest, expiresAt: wish.expiresAt, job: job.id });
    return { outcome: "created", job };
  }

  append(id: string, wanted: readonly JobEvent[]): Appended | undefined {
    const before = this.jobs.get(id);
    if (before === undefined) return undefined;
    const { job, events, applied } = advanceJobBy(before, wanted);
    this.jobs.set(id, job);
    this.#keep(id, events);
    return { job, applied };
  }

  claim(request: ClaimRequest): readonly Claim[] {
    const running = { definitions: new Map<string, number>(), owners: new Map<string, number>() };
    for (const { job, step } of this.#steps())
      if (step.state === "running") {
        running.definitions.set(job.definition, (running.definitions.get(job.definition) ?? 0) + 1);
        running.owners.set(job.owner, (running.owners.get(job.owner) ?? 0) + 1);
      }
    const due = this.#steps()
      .filter(({ step }) => step.state === "ready" && isDue(step, request.now))
      .filter(({ step }) => request.steps.includes(step.step))
      .map((claim) => ({ rank: stepRank(claim.job, claim.task, claim.step), ...candidateOf(claim) }))
      .sort((one, other) => one.rank - other.rank);
    const chosen = chooseSteps(due, running, request);
    return chosen.flatMap((one) => {
      const appended = this.append(one.jobId, [startEvent(one, request)]);
      const claim = appended?.applied ? claimOf(appended.job, one.task, one.step) : undefined;
      return claim === undefined ? [] : [claim];
    });
  }

  lostLeases(now: number): readonly Claim[] {
    return this.#steps().filter(({ step }) => step.lease !== undefined && step.lease.until <= now);
  }

  overdue(now: number): readonly string[] {
    return [...this.jobs.values()].filter((job) => isOverdue(job, now)).map((job) => job.id);
  }

  outlived(before: number): readonly string[] {
    return [...this.jobs.values()]
      .filter((job) => (job.expiredAt ?? Infinity) <= before)
      .map((job) => job.id);
  }

  latest(ids: readonly string[]): ReadonlyMap<string, JobHead> {
    const heads = new Map<string, JobHead>();
    for (const id of ids) {
      const job = this.jobs.get(id);
      const sequence = this.events.get(id)?.length ?? 0;
      if (job !== undefined) heads.set(id, { sequence, hasEnded: job.endedAt !== undefined });
    }
    return heads;
  }

  remove(id: string): boolean | undefined {
    const job = this.jobs.get(id);
    if (job === undefined) return undefined;
    if (!isJobEnded(jobState(job))) return false;
    this.jobs.delete(id);
    this.events.delete(id);
    for (const [key, known] of this.#keys) if (known.job === id) this.#keys.delete(key);
    return true;
  }

  stats(): JobStats {
    const running: Record<string, number> = {};
    for (const { step } of this.#steps())
      if (step.state === "running") running[step.step] = (running[step.step] ?? 0) + 1;
    const counted = new CountedJobs();
    for (const job of this.jobs.values()) counted.add(job.definition, jobState(job), 1);
    for (const job of this.#queued()) counted.queuedAt(job.definition, job.createdAt);
    return { definitions: counted.definitions(), running };
  }

  leasesAfter(until: number): readonly Claim[] {
    return this.#steps().filter(({ step }) => step.lease !== undefined && step.lease.until > until);
  }

  dueToExpire(now: number): readonly string[] {
    const due = (job: JobRecord) =>
      job.endedAt !== undefined && job.expiredAt === undefined && job.endedAt + job.retentionMs <= now;
    return [...this.jobs.values()].filter(due).map((job) => job.id);
  }

  list(filter: JobFilter): readonly JobRecord[] {
    const all = [...this.jobs.values()].reverse().sort(newestFirst);
    const after = filter.after === undefined ? -1 : all.findIndex((job) => job.id === filter.after);
    if (filter.after !== undefined && after < 0) return [];
    return all
      .slice(after + 1)
      .filter((job) => filter.definition === undefined || job.definition === filter.definition)
      .filter((job) => filter.owner === undefined || job.owner === filter.owner)
      .filter((job) => isInTime(job, filter) && hasText(job, filter.text))
      .filter((job) => filter.state === undefined || jobState(job) === filter.state)
      .slice(0, filter.limit);
  }

  position(id: string): number | undefined {
    const place = this.#queued()
      .sort((one, other) => placeOf(one) - placeOf(other) || (one.id < other.id ? -1 : 1))
      .findIndex((job) => job.id === id);
    return place < 0 ? undefined : place;
  }

  #queued(): JobRecord[] {
    return [...this.jobs.values()].filter((job) => jobState(job) === "queued");
  }

  #steps(): Claim[] {
    return [...this.jobs.values()]
      .filter((job) => !isJobEnded(jobState(job)))
      .flatMap((job) => job.tasks.flatMap((task) => task.steps.map((step) => ({ job, task, step }))));
  }

  #keep(id: string, events: readonly JobEvent[]): void {
    const kept = this.events.get(id) ?? [];
    for (const event of events) kept.push({ sequence: kept.length + 1, event });
    this.events.set(id, kept);
  }
}

function placeOf(job: JobRecord): number {
  return queueRank(job.priority, job.createdAt);
}

function newestFirst(one: JobRecord, other: JobRecord): number {
  return other.createdAt - one.createdAt;
}

function candidateOf({
  job,
  task,
  step,
}: {
  job: JobRecord;
  task: { key: string };
  step: StepRecord;
}): Candidate {
  const { definition, owner } = job;
  return { jobId: job.id, task: task.key, step: step.name, fence: step.fence, definition, owner };
}
