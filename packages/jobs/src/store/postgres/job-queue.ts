import type { Claim, ClaimRequest } from "../../job-store.ts";
import { type Candidate, chooseSteps, type RunningCounts } from "../../planner/choose-steps.ts";
import { advanceJob } from "../../reducer/job-reducer.ts";
import { candidateOf, claimOf, startEvent } from "../claims.ts";
import type { Outcome, Query, Row, Transaction } from "./connections.ts";
import { type JobChange, jobWrites, type StoredJob, storedJob, storedJobs, WHOLE_JOB } from "./job-rows.ts";

/** Of the advisory lock under which steps are begun where limits count those of all processes. */
const LIMITS_LOCK = 0x7a617273;
/** Looks further back in the queue, past what the limits do not allow now. */
const MAX_PAGES = 10;

/**
 * Chooses the next steps and locks their jobs, past those that somebody else is changing. The choice stays with the server
 * until the end of the transaction, so that the statement behind this one can read those jobs as they are under the lock.
 */
const CHOOSE = `SELECT set_config('zarr_gateway.chosen', coalesce(json_agg(chosen), '[]')::text, true) FROM (
  SELECT steps.job, task_key, name, fence, definition, owner
  FROM zarr_gateway.steps JOIN zarr_gateway.jobs ON jobs.id = steps.job
  WHERE steps.state = 'ready' AND step = ANY($1)
    AND definition <> ALL($2) AND owner <> ALL($3)
    AND (not_before <= $4::int8
      OR not_before - $4::int8 > (steps.record::json #>> '{retry,maxDelayMs}')::float8)
  ORDER BY steps.rank, steps.job, task, position LIMIT $5::int8
  FOR UPDATE OF jobs SKIP LOCKED
) AS chosen`;
const CHOSEN = "SELECT current_setting('zarr_gateway.chosen')::json AS chosen";
const CHOSEN_JOBS = `SELECT ${WHOLE_JOB} FROM zarr_gateway.jobs WHERE id = ANY(ARRAY(
  SELECT one ->> 'job' FROM json_array_elements(current_setting('zarr_gateway.chosen')::json) AS one))`;

/** Steps that may be begun, the next one first, and their jobs. */
interface Choice {
  readonly candidates: readonly Candidate[];
  readonly jobs: ReadonlyMap<string, StoredJob>;
}

/** Begins steps: jobs that somebody else is changing now are left to the next look. */
export async function claimSteps(
  transaction: Transaction,
  request: ClaimRequest,
  author: string,
): Promise<Outcome<readonly Claim[]>> {
  const { candidates, jobs } = await chosenSteps(transaction, request);
  const changes = new Map<string, JobChange>();
  const begun: Candidate[] = [];
  for (const one of candidates) {
    const earlier = changes.get(one.jobId);
    const before = jobs.get(one.jobId);
    const now = earlier?.job ?? before?.job;
    if (now === undefined) continue;
    const { job, events } = advanceJob(now, startEvent(one, request));
    if (job === now) continue;
    changes.set(one.jobId, { before, job, events: [...(earlier?.events ?? []), ...events] });
    begun.push(one);
  }
  const result = begun.flatMap(({ jobId, task, step }) => {
    const job = changes.get(jobId)?.job;
    return (job && claimOf(job, task, step)) ?? [];
  });
  return { result, writes: jobWrites([...changes.values()], author) };
}

async function chosenSteps(transaction: Transaction, request: ClaimRequest): Promise<Choice> {
  const { limits, free } = request;
  const isLimited = limits.perOwner !== undefined || limits.perDefinition !== undefined;
  if (!isLimited) return choice(transaction, request, NOBODY);
  const running = await runningCounts(transaction);
  const chosen: Candidate[] = [];
  const jobs = new Map<string, StoredJob>();
  for (let page = 0; page < MAX_PAGES && chosen.length < free; page++) {
    const counts = withChosen(running, chosen);
    const found = await choice(transaction, request, saturated(counts, request));
    const rest = found.candidates.filter((one) => !chosen.some((other) => isSame(one, other)));
    chosen.push(...chooseSteps(rest, counts, { free: free - chosen.length, limits }));
    for (const [id, job] of found.jobs) jobs.set(id, job);
    if (rest.length === 0 || found.candidates.length < free) break;
  }
  return { candidates: chosen, jobs };
}

interface Saturated {
  readonly definitions: readonly string[];
  readonly owners: readonly string[];
}
const NOBODY: Saturated = { definitions: [], owners: [] };

async function choice(
  { query, planned }: Transaction,
  { steps, now, free }: ClaimRequest,
  { definitions, owners }: Saturated,
): Promise<Choice> {
  const [, [chosen], jobs] = await Promise.all([
    planned(CHOOSE, [steps, definitions, owners, now, free]),
    query(CHOSEN),
    query(CHOSEN_JOBS),
  ]);
  // As `CHOOSE` made them.
  const rows = (chosen?.["chosen"] ?? []) as readonly Row[];
  return { candidates: rows.map(candidateOf), jobs: storedJobs(jobs) };
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

/** Who runs how much, which stays so until the end of the transaction: nobody else begins anything meanwhile. */
async function runningCounts({ query }: Transaction): Promise<RunningCounts> {
  const [, rows] = await Promise.all([
    query(`SELECT pg_advisory_xact_lock(${LIMITS_LOCK})`),
    query(
      `SELECT definition, owner, count(*) AS count FROM zarr_gateway.steps JOIN zarr_gateway.jobs ON jobs.id = steps.job
       WHERE steps.state = 'running' GROUP BY definition, owner`,
    ),
  ]);
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
