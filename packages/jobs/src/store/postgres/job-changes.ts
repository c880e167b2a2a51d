import type { JobEvent } from "../../event.ts";
import type { Appended, SubmitRule, Submitted } from "../../job-store.ts";
import type { JobRecord } from "../../record.ts";
import { advanceJob } from "../../reducer/job-reducer.ts";
import { isJobEnded, jobState } from "../../reducer/job-state.ts";
import type { Query, Row, Transaction } from "./connections.ts";
import { type JobChange, lockJobs, type StoredJob, wholeJobs, writeJobs } from "./job-rows.ts";

/** What a store is asked to change; each kind has an answer of its own. */
export type Change =
  | { readonly kind: "create"; readonly job: JobRecord; readonly rule: SubmitRule }
  | { readonly kind: "append"; readonly id: string; readonly event: JobEvent }
  | { readonly kind: "remove"; readonly id: string };

export type Answer = Submitted | Appended | boolean | undefined;

/** Makes changes in one transaction, one after the other as far as each can see. */
export async function makeChanges(
  transaction: Transaction,
  changes: readonly Change[],
  author: string,
): Promise<readonly Answer[]> {
  const { query } = transaction;
  const creates = changes.filter((change) => change.kind === "create");
  const ids = new Set(changes.map((change) => (change.kind === "create" ? change.job.id : change.id)));
  const locks = [...lockNames(transaction, creates), lockJobs(transaction, [...ids])];
  const queued = await transaction.script([...locks, queuedJobs(transaction, creates)].join("; "));
  const known = await knownKeys(query, creates);
  const firsts = [...known.values()].map(({ job }) => job);
  const stored = await wholeJobs(query, [...ids, ...firsts]);
  const draft = new Draft({ stored, keys: known, queued: countsOf(queued) });
  const answers = changes.map((change) => draft.make(change));
  await draft.write(query, author);
  return answers;
}

type Create = Extract<Change, { kind: "create" }>;

interface KnownKey {
  readonly digest: string;
  readonly job: string;
  readonly expiresAt: number;
}

/** How many wait, which keys are known and ids taken must not change between the look and the commit. Sorted: nobody waits in a circle. */
function lockNames({ literal }: Transaction, creates: readonly Create[]): readonly string[] {
  const names = creates.flatMap(({ job, rule }) => [
    `definition ${job.definition}`,
    `job ${job.id}`,
    ...(rule.idempotency === undefined ? [] : [`key ${keyOf(job.owner, rule.idempotency.key)}`]),
  ]);
  return [...new Set(names)]
    .sort()
    .map((name) => `SELECT pg_advisory_xact_lock(hashtextextended(${literal(name)}, 0))`);
}

/** Statement that counts who waits, by definition. */
function queuedJobs({ literal }: Transaction, creates: readonly Create[]): string {
  const definitions = literal(JSON.stringify([...new Set(creates.map(({ job }) => job.definition))]));
  return `SELECT definition, count(*) AS count FROM zarr_gateway.jobs WHERE state = 'queued'
    AND definition IN (SELECT json_array_elements_text(${definitions}::json)) GROUP BY definition`;
}

function countsOf(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map((row) => [String(row["definition"]), Number(row["count"])]));
}

function keyOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}

async function knownKeys(query: Query, creates: readonly Create[]): Promise<Map<string, KnownKey>> {
  const asked = creates.flatMap(({ job, rule }) =>
    rule.idempotency ? [[job.owner, rule.idempotency.key]] : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await query(
    `SELECT owner, key, digest, job, expires_at FROM zarr_gateway.idempotency
     WHERE (owner, key) IN (SELECT pair ->> 0, pair ->> 1 FROM json_array_elements($1::json) AS pairs (pair))`,
    [JSON.stringify(asked)],
  );
  return new Map(
    rows.map((row) => [
      keyOf(String(row["owner"]), String(row["key"])),
      { digest: String(row["digest"]), job: String(row["job"]), expiresAt: Number(row["expires_at"]) },
    ]),
  );
}

interface DraftParts {
  readonly stored: ReadonlyMap<string, StoredJob>;
  readonly keys: Map<string, KnownKey>;
  /** Jobs that wait, by definition. */
  readonly queued: Map<string, number>;
}

/** Jobs as they will be when the transaction commits. */
class Draft {
  #isNews = false;
  readonly #stored: ReadonlyMap<string, StoredJob>;
  readonly #changed = new Map<string, JobChange>();
  readonly #removed = new Set<string>();
  readonly #keys: Map<string, KnownKey>;
  readonly #newKeys = new Map<string, object>();
  readonly #queued: Map<string, number>;

  constructor({ stored, keys, queued }: DraftParts) {
    this.#stored = stored;
    this.#keys = keys;
    this.#queued = queued;
  }

  make(change: Change): Answer {
    switch (change.kind) {
      case "create":
        return this.#create(change);
      case "append":
        return this.#append(change.id, change.event);
      case "remove":
        return this.#remove(change.id);
    }
  }

  async write(query: Query, author: string): Promise<void> {
    const kept = [...this.#changed.values()].filter(({ job }) => !this.#removed.has(job.id));
    await writeJobs(query, kept, this.#isNews ? author : undefined);
    if (this.#newKeys.size > 0)
      await query(
        `INSERT INTO zarr_gateway.idempotency
         SELECT * FROM json_to_recordset($1) AS new (owner text, key text, digest text, job text, expires_at int8)
         ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, job = excluded.job, expires_at = excluded.expires_at`,
        [JSON.stringify([...this.#newKeys.values()])],
      );
    if (this.#removed.size === 0) return;
    const removed = [[...this.#removed]];
    for (const table of ["events", "steps", "idempotency"])
      await query(`DELETE FROM zarr_gateway.${table} WHERE job = ANY($1)`, removed);
    await query("DELETE FROM zarr_gateway.jobs WHERE id = ANY($1)", removed);
  }

  #create({ job, rule }: Create): Submitted {
    const { idempotency } = rule;
    const key = idempotency === undefined ? undefined : keyOf(job.owner, idempotency.key);
    const known = key === undefined ? undefined : this.#keys.get(key);
    const first = known === undefined ? undefined : this.#job(known.job);
    if (known !== undefined && first !== undefined && known.expiresAt > job.createdAt)
      return known.digest === idempotency?.digest
        ? { outcome: "repeated", job: first }
        : { outcome: "other_request" };
    if (this.#job(job.id) !== undefined) return { outcome: "taken" };
    const queued = this.#queued.get(job.definition) ?? 0;
    if (queued >= rule.maxQueued) return { outcome: "full", queued };
    this.#queued.set(job.definition, queued + 1);
    this.#change(job, [{ type: "job_submitted", at: job.createdAt }]);
    if (idempotency !== undefined && key !== undefined) {
      const { digest, expiresAt } = idempotency;
      this.#keys.set(key, { digest, expiresAt, job: job.id });
      this.#newKeys.set(key, {
        owner: job.owner,
        key: idempotency.key,
        digest,
        job: job.id,
        expires_at: expiresAt,
      });
    }
    return { outcome: "created", job };
  }

  #append(id: string, event: JobEvent): Appended | undefined {
    const before = this.#job(id);
    if (before === undefined) return undefined;
    const { job, events } = advanceJob(before, event);
    if (job === before) return { job, applied: false };
    this.#change(job, events);
    return { job, applied: true };
  }

  #remove(id: string): boolean | undefined {
    const job = this.#job(id);
    if (job === undefined) return undefined;
    if (!isJobEnded(jobState(job))) return false;
    this.#removed.add(id);
    this.#isNews = true;
    return true;
  }

  #job(id: string): JobRecord | undefined {
    return this.#removed.has(id) ? undefined : (this.#changed.get(id) ?? this.#stored.get(id))?.job;
  }

  #change(job: JobRecord, events: readonly JobEvent[]): void {
    const earlier = this.#changed.get(job.id)?.events ?? [];
    this.#changed.set(job.id, { before: this.#stored.get(job.id), job, events: [...earlier, ...events] });
    // A renewed lease is nobody's news.
    if (events.length > 0) this.#isNews = true;
  }
}
