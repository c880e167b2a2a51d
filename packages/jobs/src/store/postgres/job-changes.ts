import type { JobEvent } from "../../event.ts";
import type { Appended, Claim, ClaimRequest, SubmitRule, Submitted } from "../../job-store.ts";
import type { JobRecord } from "../../record.ts";
import { advanceJobBy } from "../../reducer/job-reducer.ts";
import { isJobEnded, jobState } from "../../reducer/job-state.ts";
import type { Outcome, Query, Row, Statement, Transaction } from "./connections.ts";
import { claimSteps } from "./job-queue.ts";
import {
  type JobChange,
  jobWrites,
  LOCK_JOBS,
  type StoredJob,
  storedJobs,
  WHOLE_JOB,
  wholeJobs,
} from "./job-rows.ts";

/** What a store is asked to change; each kind has an answer of its own. */
export type Change = RecordChange | { readonly kind: "claim"; readonly request: ClaimRequest };
type RecordChange =
  | { readonly kind: "create"; readonly job: JobRecord; readonly rule: SubmitRule }
  | { readonly kind: "append"; readonly id: string; readonly events: readonly JobEvent[] }
  | { readonly kind: "remove"; readonly id: string };

export type Answer = Submitted | Appended | boolean | undefined | readonly Claim[];

/** Makes changes in one transaction, one after the other as far as each can see; claims come last. */
export async function makeChanges(
  transaction: Transaction,
  changes: readonly Change[],
  author: string,
): Promise<Outcome<readonly Answer[]>> {
  const answers = new Map<Change, Answer>();
  const ofRecords = changes.filter((change) => change.kind !== "claim");
  let writes = ofRecords.length === 0 ? [] : await draftChanges(transaction, ofRecords, { author, answers });
  for (const change of changes) {
    if (change.kind !== "claim") continue;
    // Behind what was written before, so that it finds the steps that are ready by it.
    const written = writes.map(({ text, values }) => transaction.query(text, values));
    const [claimed] = await Promise.all([claimSteps(transaction, change.request, author), ...written]);
    answers.set(change, claimed.result);
    writes = claimed.writes;
  }
  return { result: changes.map((change) => answers.get(change)), writes };
}

async function draftChanges(
  { query }: Transaction,
  changes: readonly RecordChange[],
  { author, answers }: { readonly author: string; readonly answers: Map<Change, Answer> },
): Promise<readonly Statement[]> {
  const creates = changes.filter((change) => change.kind === "create");
  const ids = [...new Set(changes.map((change) => (change.kind === "create" ? change.job.id : change.id)))];
  // One after the other, so that what is read is as it is under the locks.
  const [, , queued, keys, firsts, stored] = await Promise.all([
    creates.length === 0 ? [] : query(LOCK_NAMES, [lockNames(creates)]),
    query(LOCK_JOBS, [ids]),
    queuedJobs(query, creates),
    ...knownKeys(query, creates),
    wholeJobs(query, ids),
  ]);
  const draft = new Draft({ stored: new Map([...firsts, ...stored]), keys, queued });
  for (const change of changes) answers.set(change, draft.make(change));
  return draft.writes(author);
}

type Create = Extract<RecordChange, { kind: "create" }>;

interface KnownKey {
  readonly digest: string;
  readonly job: string;
  readonly expiresAt: number;
}

const LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name";

/** How many wait, which keys are known and ids taken must not change between the look and the commit. Sorted: nobody waits in a circle. */
function lockNames(creates: readonly Create[]): readonly string[] {
  const names = creates.flatMap(({ job, rule }) => [
    `definition ${job.definition}`,
    `job ${job.id}`,
    ...(rule.idempotency === undefined ? [] : [`key ${keyOf(job.owner, rule.idempotency.key)}`]),
  ]);
  return [...new Set(names)].sort();
}

/** How many wait, by definition. */
async function queuedJobs(query: Query, creates: readonly Create[]): Promise<Map<string, number>> {
  if (creates.length === 0) return new Map();
  const rows = await query(
    `SELECT definition, count(*) AS count FROM zarr_gateway.jobs
     WHERE state = 'queued' AND definition = ANY($1) GROUP BY definition`,
    [[...new Set(creates.map(({ job }) => job.definition))]],
  );
  return new Map(rows.map((row) => [String(row["definition"]), Number(row["count"])]));
}

function keyOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}

const ASKED_KEYS = `(owner, key) IN
  (SELECT pair ->> 0, pair ->> 1 FROM json_array_elements($1::json) AS pairs (pair))`;

/** Keys that were used before, and the jobs that were made under them. */
function knownKeys(
  query: Query,
  creates: readonly Create[],
): [Promise<Map<string, KnownKey>>, Promise<Map<string, StoredJob>>] {
  const asked = creates.flatMap(({ job, rule }) =>
    rule.idempotency ? [[job.owner, rule.idempotency.key]] : [],
  );
  if (asked.length === 0)
    return [Promise.resolve(new Map<string, KnownKey>()), Promise.resolve(new Map<string, StoredJob>())];
  const values = [JSON.stringify(asked)];
  const keys = query(
    `SELECT owner, key, digest, job, expires_at FROM zarr_gateway.idempotency WHERE ${ASKED_KEYS}`,
    values,
  );
  const jobs = query(
    `SELECT ${WHOLE_JOB} FROM zarr_gateway.jobs
     WHERE id IN (SELECT job FROM zarr_gateway.idempotency WHERE ${ASKED_KEYS})`,
    values,
  );
  return [keys.then((rows) => new Map(rows.map(knownKey))), jobs.then(storedJobs)];
}

function knownKey(row: Row): [string, KnownKey] {
  return [
    keyOf(String(row["owner"]), String(row["key"])),
    { digest: String(row["digest"]), job: String(row["job"]), expiresAt: Number(row["expires_at"]) },
  ];
}

interface DraftParts {
  readonly stored: ReadonlyMap<string, StoredJob>;
  readonly keys: Map<string, KnownKey>;
  /** Jobs that wait, by definition. */
  readonly queued: Map<string, number>;
}

const WRITE_KEYS = `INSERT INTO zarr_gateway.idempotency
  SELECT * FROM json_to_recordset($1) AS new (owner text, key text, digest text, job text, expires_at int8)
  ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, job = excluded.job, expires_at = excluded.expires_at`;

const REMOVALS: readonly string[] = [
  ...["events", "steps", "idempotency"].map(
    (table) => `DELETE FROM zarr_gateway.${table} WHERE job = ANY($1)`,
  ),
  "DELETE FROM zarr_gateway.jobs WHERE id = ANY($1)",
];

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

  make(change: RecordChange): Answer {
    switch (change.kind) {
      case "create":
        return this.#create(change);
      case "append":
        return this.#append(change.id, change.events);
      case "remove":
        return this.#remove(change.id);
    }
  }

  writes(author: string): readonly Statement[] {
    const kept = [...this.#changed.values()].filter(({ job }) => !this.#removed.has(job.id));
    const writes = [...jobWrites(kept, this.#isNews ? author : undefined)];
    if (this.#newKeys.size > 0)
      writes.push({ text: WRITE_KEYS, values: [JSON.stringify([...this.#newKeys.values()])] });
    if (this.#removed.size === 0) return writes;
    const values = [[...this.#removed]];
    return [...writes, ...REMOVALS.map((text) => ({ text, values }))];
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

  #append(id: string, wanted: readonly JobEvent[]): Appended | undefined {
    const before = this.#job(id);
    if (before === undefined) return undefined;
    const { job, events, applied } = advanceJobBy(before, wanted);
    if (job !== before) this.#change(job, events);
    return { job, applied };
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
