import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Claim, ClaimRequest } from "../../job-store.ts";
import { type Candidate, chooseSteps, type RunningCounts } from "../../planner/choose-steps.ts";
import { advanceJob } from "../../reducer/job-reducer.ts";
import { candidateOf, claimOf, startEvent } from "../claims.ts";
import type { JobRows } from "./job-rows.ts";

/** Where there is no limit, nobody asks who runs how much. */
const NOTHING: RunningCounts = { definitions: new Map(), owners: new Map() };

/** What is due, in whose hands, and for how long. Every method is called inside a transaction. */
export class JobQueue {
  readonly #rows: JobRows;
  readonly #ready: StatementSync;
  readonly #running: StatementSync;
  readonly #lost: StatementSync;
  readonly #later: StatementSync;

  constructor(database: DatabaseSync, rows: JobRows) {
    this.#rows = rows;
    this.#ready = database.prepare(
      `SELECT steps.job, task_key, name, fence, definition, owner FROM steps JOIN jobs ON jobs.id = steps.job
       WHERE steps.state = 'ready' AND step IN (SELECT value FROM json_each(?2)) AND (not_before <= ?1
         OR not_before - ?1 > steps.record ->> '$.retry.maxDelayMs')
       ORDER BY steps.rank`,
    );
    this.#running = database.prepare(
      `SELECT definition, owner, count(*) AS count FROM steps JOIN jobs ON jobs.id = steps.job
       WHERE steps.state = 'running' GROUP BY definition, owner`,
    );
    this.#lost = database.prepare(
      `SELECT job, task_key, name FROM steps WHERE state = 'running' AND lease_until <= ? ORDER BY lease_until LIMIT ?`,
    );
    this.#later = database.prepare(
      `SELECT job, task_key, name FROM steps WHERE state = 'running' AND lease_until > ? ORDER BY lease_until LIMIT ?`,
    );
  }

  claim(request: ClaimRequest): readonly Claim[] {
    const { perDefinition, perOwner } = request.limits;
    const running = perDefinition === undefined && perOwner === undefined ? NOTHING : this.#counts();
    const chosen = chooseSteps(this.#candidates(request), running, request);
    return chosen.flatMap((one) => {
      const before = this.#rows.read(one.jobId);
      if (before === undefined) return [];
      const { job, events } = advanceJob(before, startEvent(one, request));
      if (job === before) return [];
      this.#rows.update(job, before, events);
      return claimOf(job, one.task, one.step) ?? [];
    });
  }

  lostLeases(now: number, limit: number): readonly Claim[] {
    return this.#claims(this.#lost.all(now, limit));
  }

  leasesAfter(until: number, limit: number): readonly Claim[] {
    return this.#claims(this.#later.all(until, limit));
  }

  #claims(rows: readonly Record<string, unknown>[]): readonly Claim[] {
    return rows.flatMap((row) => {
      const job = this.#rows.read(String(row["job"]));
      return (job && claimOf(job, String(row["task_key"]), String(row["name"]))) ?? [];
    });
  }

  *#candidates(request: ClaimRequest): Generator<Candidate> {
    for (const row of this.#ready.iterate(request.now, JSON.stringify(request.steps))) yield candidateOf(row);
  }

  #counts(): RunningCounts {
    const definitions = new Map<string, number>();
    const owners = new Map<string, number>();
    for (const row of this.#running.all()) {
      const count = Number(row["count"]);
      const [definition, owner] = [String(row["definition"]), String(row["owner"])];
      definitions.set(definition, (definitions.get(definition) ?? 0) + count);
      owners.set(owner, (owners.get(owner) ?? 0) + count);
    }
    return { definitions, owners };
  }
}
