import type { Claim, ClaimRequest } from "../../job-store.ts";
import { type Candidate, chooseSteps, type RunningCounts } from "../../planner/choose-steps.ts";
import { advanceJob } from "../../reducer/job-reducer.ts";
import { candidateOf, claimOf, startEvent } from "../claims.ts";
import type { Query, Transaction } from "./connections.ts";
import { type JobChange, storedJob, WHOLE_JOB, wholeJobs, writeJobs } from "./job-rows.ts";

/** Of the advisory lock under which steps are begun where limits count those of all processes. */
const LIMITS_LOCK = 0x7a617273;
/** Looks further back in the queue, past what the limits do not allow now. */
const MAX_PAGES = 10;

/** Statement that locks the jobs of the next steps, past those that somebody else is changing. */
function candidateSteps(
  { literal }: Transaction,
  request: ClaimRequest,
  { definitions, owners }: Saturated,
): string {
  const list = (values: readonly string[]): string =>
    `(SELECT json_array_elements_text(${literal(JSON.stringify(values))}::json))`;
  const now = literal(String(request.now));
  return `SELECT steps.job, task_key, name, fence, definition, owner
    FROM zarr_gateway.steps JOIN zarr_gateway.jobs ON jobs.id = steps.job
    WHERE steps.state = 'ready' AND step IN ${list(request.steps)}
      AND definition NOT IN ${list(definitions)} AND owner NOT IN ${list(owners)}
      AND (not_before <= ${now}::int8
        OR not_before - ${now}::int8 > (steps.record::json #>> '{retry,maxDelayMs}')::float8)
    ORDER BY steps.rank, steps.job, task, position LIMIT ${literal(String(request.free))}::int8
    FOR UPDATE OF jobs SKIP LOCKED`;
}

/** Begins steps: jobs that somebody else is changing now are left to the next look. */
export async function claimSteps(
  transaction: Transaction,
  request: ClaimRequest,
  author: string,
): Promise<readonly Claim[]> {
  const { query } = transaction;
  const chosen = await chosenSteps(transaction, request);
  const stored = await wholeJobs(query, [...new Set(chosen.map(({ jobId }) => jobId))]);
  const changes = new Map<string, JobChange>();
  const begun: Candidate[] = [];
  for (const one of chosen) {
    const earlier = changes.get(one.jobId);
    const before = stored.get(one.jobId);
    const now = earlier?.job ?? before?.job;
    if (now === undefined) continue;
    const { job, events } = advanceJob(now, startEvent(one, request));
    if (job === now) continue;
    changes.set(one.jobId, { before, job, events: [...(earlier?.events ?? []), ...events] });
    begun.push(one);
  }
  await writeJobs(query, [...changes.values()], author);
  return begun.flatMap(({ jobId, task, step }) => {
    const job = changes.get(jobId)?.job;
    return (job && claimOf(job, task, step)) ?? [];
  });
}

async function chosenSteps(transaction: Transaction, request: ClaimRequest): Promise<readonly Candidate[]> {
  const { limits, free } = request;
  const isLimited = limits.perOwner !== undefined || limits.perDefinition !== undefined;
  if (!isLimited) return (await candidates(transaction, request, NOBODY)).slice(0, free);
  await transaction.script(`SELECT pg_advisory_xact_lock(${LIMITS_LOCK})`);
  const running = await runningCounts(transaction.query);
  const chosen: Candidate[] = [];
  for (let page = 0; page < MAX_PAGES && chosen.length < free; page++) {
    const counts = withChosen(running, chosen);
    const found = await candidates(transaction, request, saturated(counts, request));
    const rest = found.filter((one) => !chosen.some((other) => isSame(one, other)));
    chosen.push(...chooseSteps(rest, counts, { free: free - chosen.length, limits }));
    if (rest.length === 0 || found.length < free) break;
  }
  return chosen;
}

interface Saturated {
  readonly definitions: readonly string[];
  readonly owners: readonly string[];
}
const NOBODY: Saturated = { definitions: [], owners: [] };

async function candidates(transaction: Transaction, request: ClaimRequest, without: Saturated) {
  return (await transaction.script(candidateSteps(transaction, request, without))).map(candidateOf);
}

function isSame(one: Candidate, other: Candidate): boolean {
  return one.jobId === other.jobId && one.task === other.task && one.step === other.step;
}

/** Who has as many running steps as allowed. */
function saturated({ definitions, owners }: RunningCounts, { limits }: ClaimRequest): Saturated {
  const { perDefinition = {}, perOwner = Infinity } = limits;
  return {
    definitions: Object.keys(perDefinition).filter(
      (name) => (definitions.get(name) ?? 0) >= (perDefinition[name] ?? Infinity),
    ),
    owners: [...owners].filter(([, count]) => count >= perOwner).map(([owner]) => owner),
  };
}

function withChosen(running: RunningCounts, chosen: readonly Candidate[]): RunningCounts {
  const definitions = new Map(running.definitions);
  const owners = new Map(running.owners);
  for (const { definition, owner } of chosen) {
    definitions.set(definition, (definitions.get(definition) ?? 0) + 1);
    owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  return { definitions, owners };
}

async function runningCounts(query: Query): Promise<RunningCounts> {
  const rows = await query(
    `SELECT definition, owner, count(*) AS count FROM zarr_gateway.steps JOIN zarr_gateway.jobs ON jobs.id = steps.job
     WHERE steps.state = 'running' GROUP BY definition, owner`,
  );
  const definitions = new Map<string, number>();
  const owners = new Map<string, number>();
  for (const row of rows) {
    const [definition, owner, count] = [
      String(row["definition"]),
      String(row["owner"]),
      Number(row["count"]),
    ];
    definitions.set(definition, (definitions.get(definition) ?? 0) + count);
    owners.set(owner, (owners.get(owner) ?? 0) + count);
  }
  return { definitions, owners };
}

/** Running steps whose lease ends at `time` or before, or after it. */
export async function leases(
  query: Query,
  side: "<=" | ">",
  { time, limit }: { readonly time: number; readonly limit: number },
): Promise<readonly Claim[]> {
  const rows = await query(
    `SELECT task_key, name, ${WHOLE_JOB} FROM zarr_gateway.steps AS held JOIN zarr_gateway.jobs ON jobs.id = held.job
     WHERE held.state = 'running' AND held.lease_until ${side} $1 ORDER BY held.lease_until LIMIT $2`,
    [time, limit],
  );
  return rows.flatMap(
    (row) => claimOf(storedJob(row).job, String(row["task_key"]), String(row["name"])) ?? [],
  );
}
