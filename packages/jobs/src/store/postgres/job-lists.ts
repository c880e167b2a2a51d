import type { RecordedEvent } from "../../event.ts";
import type { JobStats } from "../../job-stats.ts";
import type { EventRange, JobFilter, JobHead } from "../../job-store.ts";
import { JOB_STATES, type JobRecord, type JobState } from "../../record.ts";
import { isJobEnded } from "../../reducer/job-state.ts";
import { CountedJobs } from "../counted-jobs.ts";
import type { Query } from "./connections.ts";
import { storedJob, WHOLE_JOB } from "./job-rows.ts";

/** Of the type of its column. */
const MAX_SEQUENCE = 2 ** 31 - 1;
const OPEN_STATES = JOB_STATES.filter((state) => !isJobEnded(state));

/** Questions over many jobs, answered from indexes. */
export class JobLists {
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const [row] = await this.#query(`SELECT ${WHOLE_JOB} FROM zarr_gateway.jobs WHERE id = $1`, [id]);
    return row === undefined ? undefined : storedJob(row).job;
  }

  async list(filter: JobFilter): Promise<readonly JobRecord[]> {
    const wishes: readonly (readonly [string, unknown])[] = [
      ["definition = $", filter.definition],
      ["owner = $", filter.owner],
      ["state = $", filter.state],
      ["created_at >= $", filter.createdFrom],
      ["created_at <= $", filter.createdTo],
      ["number < (SELECT number FROM zarr_gateway.jobs WHERE id = $)", filter.after],
      ["search LIKE $", filter.text && `%${filter.text.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`],
    ];
    const asked = wishes.filter(([, value]) => value !== undefined && value !== "");
    // No text of the database has one, and none can be asked for.
    if (asked.some(([, value]) => typeof value === "string" && value.includes("\0"))) return [];
    const conditions = asked.map(([text], index) => text.replace("$", `$${index + 2}`));
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const rows = await this.#query(
      `SELECT ${WHOLE_JOB} FROM zarr_gateway.jobs ${where} ORDER BY number DESC LIMIT $1`,
      [filter.limit, ...asked.map(([, value]) => value)],
    );
    return rows.map((row) => storedJob(row).job);
  }

  async events(id: string, { after, limit }: EventRange): Promise<readonly RecordedEvent[]> {
    const rows = await this.#query(
      "SELECT sequence, event FROM zarr_gateway.events WHERE job = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
      [id, Math.min(after, MAX_SEQUENCE), limit],
    );
    // Written by this store alone.
    return rows.map((row) => ({
      sequence: Number(row["sequence"]),
      event: JSON.parse(String(row["event"])) as never,
    }));
  }

  async latest(ids: readonly string[]): Promise<ReadonlyMap<string, JobHead>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#query(
      "SELECT id, sequence, has_ended FROM zarr_gateway.jobs WHERE id = ANY($1)",
      [ids],
    );
    return new Map(
      rows.map((row) => [
        String(row["id"]),
        { sequence: Number(row["sequence"]), hasEnded: row["has_ended"] === true },
      ]),
    );
  }

  async position(id: string): Promise<number | undefined> {
    const [row] = await this.#query(
      `SELECT (SELECT count(*) FROM zarr_gateway.jobs AS other WHERE other.state = 'queued'
         AND (other.rank, other.id) < (jobs.rank, jobs.id)) AS place
       FROM zarr_gateway.jobs WHERE id = $1 AND state = 'queued'`,
      [id],
    );
    return row === undefined ? undefined : Number(row["place"]);
  }

  /** Jobs for which a time has come, the earliest first. */
  async due(
    column: "deadline_at" | "expires_at" | "expired_at",
    time: number,
    limit: number,
  ): Promise<readonly string[]> {
    const rows = await this.#query(
      `SELECT id FROM zarr_gateway.jobs WHERE ${column} <= $1 ORDER BY ${column} LIMIT $2`,
      [time, limit],
    );
    return rows.map((row) => String(row["id"]));
  }

  async stats(): Promise<JobStats> {
    const [jobs, steps] = await Promise.all([
      this.#query(COUNTS),
      this.#query(
        "SELECT step, count(*) AS count FROM zarr_gateway.steps WHERE state = 'running' GROUP BY step ORDER BY step",
      ),
    ]);
    const counted = new CountedJobs();
    for (const row of jobs) {
      const definition = String(row["definition"]);
      // Written from this program's own states.
      const state = String(row["state"]) as JobState;
      counted.add(definition, state, Number(row["jobs"]));
      if (state === "queued") counted.queuedAt(definition, Number(row["oldest"]));
    }
    const running = steps.map((row) => [String(row["step"]), Number(row["count"])] as const);
    return { definitions: counted.definitions(), running: Object.fromEntries(running) };
  }
}

/**
 * Jobs by definition and state: those that go on are counted by the index of states, which are few; the others were counted when
 * they ended. One statement sees one moment.
 */
export const COUNTS = `SELECT definition, state, sum(jobs) AS jobs, min(oldest) AS oldest FROM (
    SELECT definition, state, count(*) AS jobs, min(created_at) AS oldest FROM zarr_gateway.jobs
    WHERE state IN (${OPEN_STATES.map((state) => `'${state}'`).join(", ")}) AND NOT has_ended GROUP BY definition, state
    UNION ALL SELECT definition, state, jobs, NULL FROM zarr_gateway.job_counts
    UNION ALL SELECT definition, state, jobs, NULL FROM zarr_gateway.job_count_changes
  ) AS counted GROUP BY definition, state HAVING sum(jobs) > 0`;
