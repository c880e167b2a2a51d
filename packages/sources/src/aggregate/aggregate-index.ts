import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";

/** What the index knows of a member. */
export interface IndexedMember {
  /** Identity of the file as it was when it was read. */
  readonly stamp: string;
  readonly version: string;
  /** Key of the facts that it shares with members made alike. */
  readonly facts: string;
  readonly own: Uint8Array;
}

export interface AggregateIndexOptions {
  /** Where the file lies; in memory where absent. */
  readonly path?: string;
  /** Told once when the file was damaged or cannot be used. */
  readonly onProblem?: (message: string, cause: unknown) => void;
}

/** Of another layout: other tables. */
const LAYOUT = 3;
/** Others may write at the same time; what cannot be written is read from the files again. */
const BUSY_MS = 100;
/** The file, the file anew, memory. */
const MAX_ATTEMPTS = 3;
const MAX_MEMBERS = 2_000_000;
/** Of the latest, of which each dataset has one; those of configurations that are gone go with time. */
const MAX_PLANS = 1000;

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA busy_timeout = ${BUSY_MS};
  CREATE TABLE IF NOT EXISTS facts${LAYOUT} (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS member${LAYOUT} (
    key TEXT PRIMARY KEY, stamp TEXT NOT NULL, version TEXT NOT NULL, facts TEXT NOT NULL, own BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS plan${LAYOUT} (key TEXT PRIMARY KEY, value BLOB NOT NULL);
`;
/** Takes the lock of writers, for which readers should not wait. */
const TRIMMING = `
  DELETE FROM member${LAYOUT} WHERE rowid <= (SELECT max(rowid) FROM member${LAYOUT}) - ${MAX_MEMBERS};
  DELETE FROM plan${LAYOUT} WHERE rowid <= (SELECT max(rowid) FROM plan${LAYOUT}) - ${MAX_PLANS};
`;

/**
 * Coordinates and metadata of members, and plans of whole aggregates, in one SQLite file that several processes share.
 * It holds nothing that cannot be read again: a damaged file is thrown away, and a failing one is done without.
 */
export class AggregateIndex {
  readonly #options: AggregateIndexOptions;
  #database: DatabaseSync | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #path: string | undefined;
  #isTrimmed = false;
  #isClosed = false;

  constructor(options: AggregateIndexOptions = {}) {
    this.#options = options;
    this.#path = options.path;
  }

  member(key: string): IndexedMember | undefined {
    const row = this.#get(`SELECT stamp, version, facts, own FROM member${LAYOUT} WHERE key = ?`, key);
    if (row === undefined) return undefined;
    const { stamp, version, facts, own } = row;
    const isWhole = typeof stamp === "string" && typeof version === "string" && typeof facts === "string";
    const bytes = own instanceof Uint8Array ? unsealed(own) : undefined;
    return isWhole && bytes ? { stamp, version, facts, own: bytes } : undefined;
  }

  putMembers(members: readonly (readonly [key: string, member: IndexedMember])[]): void {
    this.#write(() => {
      const sql = `INSERT OR REPLACE INTO member${LAYOUT} (key, stamp, version, facts, own) VALUES (?, ?, ?, ?, ?)`;
      for (const [key, { stamp, version, facts, own }] of members) {
        this.#statement(sql).run(key, stamp, version, facts, sealed(own));
      }
    });
  }

  facts(key: string): unknown {
    return this.#value(`SELECT value FROM facts${LAYOUT} WHERE key = ?`, key);
  }

  putFacts(key: string, value: unknown): void {
    const sql = `INSERT OR REPLACE INTO facts${LAYOUT} (key, value) VALUES (?, ?)`;
    this.#write(() => this.#statement(sql).run(key, sealed(serialize(value))));
  }

  /** What was made of members the last time. */
  plan(key: string): unknown {
    return this.#value(`SELECT value FROM plan${LAYOUT} WHERE key = ?`, key);
  }

  putPlan(key: string, value: unknown): void {
    const sql = `INSERT OR REPLACE INTO plan${LAYOUT} (key, value) VALUES (?, ?)`;
    this.#write(() => this.#statement(sql).run(key, sealed(serialize(value))));
  }

  close(): void {
    this.#release();
    this.#isClosed = true;
  }

  #release(): void {
    this.#statements.clear();
    try {
      this.#database?.close();
    } catch {
      // closed already, after it broke down
    }
    this.#database = undefined;
  }

  #value(sql: string, key: string): unknown {
    const value = this.#get(sql, key)?.["value"];
    const bytes = value instanceof Uint8Array ? unsealed(value) : undefined;
    try {
      return bytes && deserialize(bytes);
    } catch {
      return undefined; // written by another version of Node: read from the files again
    }
  }

  #get(sql: string, key: string): Record<string, unknown> | undefined {
    return this.#attempt(() => this.#statement(sql).get(key));
  }

  #write(work: () => void): void {
    this.#attempt(() => {
      const database = this.#open();
      database.exec("BEGIN IMMEDIATE");
      try {
        if (!this.#isTrimmed) database.exec(TRIMMING);
        work();
        database.exec("COMMIT");
        this.#isTrimmed = true;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Whatever fails: the files have it all. A damaged file is thrown away, one that cannot be used is done without. */
  #attempt<Result>(work: () => Result): Result | undefined {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#isClosed; attempt += 1) {
      try {
        return work();
      } catch (error) {
        if (isBusy(error)) return undefined;
        this.#startAgain(error, isDamage(error) && attempt === 0);
      }
    }
    return undefined;
  }

  #startAgain(cause: unknown, isDamaged: boolean): void {
    const { onProblem } = this.#options;
    const path = this.#path;
    this.#release();
    if (path === undefined) return;
    try {
      if (!isDamaged) throw cause;
      for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
      onProblem?.("the index of aggregates was damaged and is built anew", cause);
    } catch (error) {
      this.#path = undefined;
      onProblem?.("the index of aggregates cannot be used: it is kept in memory until the next start", error);
    }
  }

  #statement(sql: string): StatementSync {
    const database = this.#open();
    const statement = this.#statements.get(sql) ?? database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #open(): DatabaseSync {
    if (this.#database) return this.#database;
    const path = this.#path;
    if (path !== undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = new (sqlite().DatabaseSync)(path ?? ":memory:");
    this.#database = database;
    database.exec(TABLES);
    return database;
  }
}

/** Loaded when it is needed: most gateways have no aggregate. */
function sqlite(): typeof import("node:sqlite") {
  return createRequire(import.meta.url)("node:sqlite") as typeof import("node:sqlite"); // a built-in module
}

/** In the words of SQLite. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Error && /malformed|not a database|corrupt|no such (table|column)/i.test(error.message)
  );
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /locked|busy/i.test(error.message);
}

/** With a checksum in front: SQLite has none of its own. */
function sealed(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 4);
  new DataView(result.buffer).setUint32(0, crc32(bytes));
  result.set(bytes, 4);
  return result;
}

function unsealed(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 4) return undefined;
  const content = bytes.subarray(4);
  const expected = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return crc32(content) === expected ? content : undefined;
}
