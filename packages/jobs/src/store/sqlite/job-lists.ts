import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { RecordedEvent } from "../../event.ts";
import type { JobStats } from "../../job-stats.ts";
import type { EventRange, JobFilter, JobHead } from "../../job-store.ts";
import type { JobRecord, JobState } from "../../record.ts";
import { CountedJobs } from "../counted-jobs.ts";
import { type JobRows, parsed } from "./job-rows.ts";

/** Shorter texts have no entry in the search's index, which is one of three letters each. */
const INDEXED_LENGTH = 3;
/** So many jobs are looked through one by one sooner than found by the index and then thrown away. */
const FEW_JOBS = 2000;
/** Jobs of the queue that are counted from its end. */
const FEW_BEHIND = 100;

/** Questions over many jobs, answered from indexes. */
export class JobLists {
  readonly #database: DatabaseSync;
  readonly #rows: JobRows;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, rows: JobRows) {
    this.#database = database;
    this.#rows = rows;
  }

  list(filter: JobFilter): readonly JobRecord[] {
    const { conditions, values } = conditionsOf(filter);
    const from = this.#tablesFor(filter);
    const all = [...from.conditions, ...conditions];
    const where = all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
    return this.#prepared(`SELECT id FROM ${from.tables} ${where} ORDER BY ${from.order} DESC LIMIT ?`)
      .all(...from.values, ...values, filter.limit)
      .flatMap((row) => this.#rows.readOnce(String(row["id"])) ?? []);
  }

  events(id: string, { after, limit }: EventRange): readonly RecordedEvent[] {
    return this.#prepared(
      "SELECT sequence, event FROM events WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    )
      .all(id, after, limit)
      .map((row) => ({ sequence: Number(row["sequence"]), event: parsed(row["event"]) }));
  }

  latest(ids: readonly string[]): ReadonlyMap<string, JobHead> {
    const statement = this.#prepared("SELECT sequence, has_ended FROM jobs WHERE id = ?");
    const heads = new Map<string, JobHead>();
    for (const id of ids) {
      const row = statement.get(id);
      if (row !== undefined)
        heads.set(id, { sequence: Number(row["sequence"]), hasEnded: row["has_ended"] === 1 });
    }
    return heads;
  }

  /** Who asks has mostly just come, and has nobody behind: those before are then all the others, whose number is kept. */
  position(id: string): number | undefined {
    const row = this.#prepared("SELECT rank FROM jobs WHERE id = ? AND state = 'queued'").get(id);
    if (row === undefined) return undefined;
    const place = [Number(row["rank"]), id] as const;
    const behind = this.#prepared(
      `SELECT count(*) AS jobs FROM
         (SELECT 1 FROM jobs WHERE state = 'queued' AND (rank, id) > (?, ?) LIMIT ${FEW_BEHIND})`,
    ).get(...place);
    const after = Number(behind?.["jobs"]);
    if (after < FEW_BEHIND) return this.#count(undefined, "queued") - 1 - after;
    const before = this.#prepared(
      "SELECT count(*) AS jobs FROM jobs WHERE state = 'queued' AND (rank, id) < (?, ?)",
    ).get(...place);
    return Number(before?.["jobs"]);
  }

  queued(definition: string): number {
    return this.#count(definition, "queued");
  }

  overdue(now: number, limit: number): readonly string[] {
    return this.#ids("SELECT id FROM jobs WHERE deadline_at <= ? ORDER BY deadline_at LIMIT ?", now, limit);
  }

  dueToExpire(now: number, limit: number): readonly string[] {
    return this.#ids("SELECT id FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit);
  }

  outlived(before: number, limit: number): readonly string[] {
    return this.#ids("SELECT id FROM jobs WHERE expired_at <= ? ORDER BY expired_at LIMIT ?", before, limit);
  }

  stats(): JobStats {
    const counted = new CountedJobs();
    // Written from this program's own states.
    for (const row of this.#prepared("SELECT definition, state, jobs FROM job_counts WHERE jobs > 0").all())
      counted.add(String(row["definition"]), String(row["state"]) as JobState, Number(row["jobs"]));
    const oldest = this.#prepared(
      "SELECT definition, min(created_at) AS oldest FROM jobs WHERE state = 'queued' GROUP BY definition",
    );
    for (const row of oldest.all()) counted.queuedAt(String(row["definition"]), Number(row["oldest"]));
    const running = this.#prepared(
      "SELECT step, count(*) AS count FROM steps WHERE state = 'running' GROUP BY step ORDER BY step",
    )
      .all()
      .map((row) => [String(row["step"]), Number(row["count"])] as const);
    return { definitions: counted.definitions(), running: Object.fromEntries(running) };
  }

  /** Where a search begins: at the index of texts, or at the jobs where that is little to look through. */
  #tablesFor({ definition, state, ...filter }: JobFilter): Search {
    const text = filter.text?.toLowerCase();
    if (text === undefined || text === "")
      return { tables: "jobs", conditions: [], values: [], order: "number" };
    const isNarrow = (definition ?? state) !== undefined && this.#count(definition, state) <= FEW_JOBS;
    const joined = { tables: "job_search JOIN jobs ON number = job_search.rowid", order: "job_search.rowid" };
    if (text.length >= INDEXED_LENGTH && !isNarrow)
      return { ...joined, conditions: ["job_search MATCH ?"], values: [`"${text.replaceAll('"', '""')}"`] };
    const through = { conditions: ["instr(job_search.text, ?) > 0"], values: [text] };
    if (!isNarrow) return { ...joined, ...through };
    return { tables: "jobs CROSS JOIN job_search ON job_search.rowid = number", order: "number", ...through };
  }

  #count(definition: string | undefined, state: JobState | undefined): number {
    const row = this.#prepared(
      "SELECT sum(jobs) AS jobs FROM job_counts WHERE definition = coalesce(?, definition) AND state = coalesce(?, state)",
    ).get(definition ?? null, state ?? null);
    return Number(row?.["jobs"] ?? 0);
  }

  #ids(statement: string, time: number, limit: number): readonly string[] {
    return this.#prepared(statement)
      .all(time, limit)
      .map((row) => String(row["id"]));
  }

  /** As many as there are shapes of filters. */
  #prepared(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }
}

interface Search {
  readonly tables: string;
  readonly conditions: readonly string[];
  readonly values: readonly SQLInputValue[];
  readonly order: string;
}

function conditionsOf(filter: JobFilter): Pick<Search, "conditions" | "values"> {
  const wishes: readonly (readonly [string, SQLInputValue | undefined])[] = [
    ["definition = ?", filter.definition],
    ["owner = ?", filter.owner],
    ["state = ?", filter.state],
    ["created_at >= ?", filter.createdFrom],
    ["created_at <= ?", filter.createdTo],
    ["number < (SELECT number FROM jobs WHERE id = ?)", filter.after],
  ];
  const asked = wishes.filter(([, value]) => value !== undefined);
  return { conditions: asked.map(([text]) => text), values: asked.map(([, value]) => value ?? null) };
}
