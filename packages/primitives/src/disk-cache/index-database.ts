import { rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** What is evicted first, and how much there is; shared by processes through SQLite's own locks. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, worth REAL NOT NULL,
    uses INTEGER NOT NULL, score REAL NOT NULL, addedAt INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entryByScore ON entry (score);
  CREATE TABLE IF NOT EXISTS total (id INTEGER PRIMARY KEY CHECK (id = 1), bytes INTEGER NOT NULL, floor REAL NOT NULL);
  INSERT OR IGNORE INTO total VALUES (1, 0, 0);
`;
/** Longer than any transaction of another process; this thread may wait. */
const BUSY_MS = 2000;
const MAX_USES = 255;

export interface IndexedEntry {
  readonly name: string;
  readonly bytes: number;
  readonly costMs: number;
}

/**
 * The entries of a folder by what they are worth: `uses × ms / byte` above a floor that rises with each eviction
 * (GreedyDual-Size-Frequency). Loss or damage of the index loses no entry: it is made anew from the files.
 */
export class IndexDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = openSound(path);
  }

  get bytes(): number {
    return Number(this.#one("SELECT bytes FROM total")?.["bytes"] ?? 0);
  }

  /** Makes room and counts the entry. Answers the names of those that have to go. */
  admit(entry: IndexedEntry, maxBytes: number): string[] {
    return this.#transaction(() => {
      this.#delete(entry.name);
      const evicted = this.#makeRoom(maxBytes - entry.bytes);
      this.#insert(entry);
      return evicted;
    });
  }

  /** Counts entries whose files were found, and removes those whose files are gone. */
  reconcile(found: readonly IndexedEntry[], missing: readonly string[], maxBytes: number): string[] {
    return this.#transaction(() => {
      for (const name of missing) this.#delete(name);
      for (const entry of found) {
        this.#delete(entry.name);
        this.#insert(entry);
      }
      return this.#makeRoom(maxBytes);
    });
  }

  touch(names: readonly string[]): void {
    this.#transaction(() => {
      for (const name of names) {
        this.#run(
          `UPDATE entry SET uses = min(uses + 1, ${MAX_USES}),
             score = (SELECT floor FROM total) + min(uses + 1, ${MAX_USES}) * worth WHERE name = ?`,
          name,
        );
      }
    });
  }

  forget(name: string): void {
    this.#transaction(() => this.#delete(name));
  }

  has(name: string): boolean {
    return this.#one("SELECT 1 AS found FROM entry WHERE name = ?", name) !== undefined;
  }

  /** Names that begin with a prefix of hexadecimal digits, with the time they were counted. */
  below(prefix: string): ReadonlyMap<string, number> {
    const rows = this.#prepare("SELECT name, addedAt FROM entry WHERE name >= ? AND name < ?").all(
      prefix,
      `${prefix}g`, // behind every digit
    );
    return new Map(rows.map(({ name, addedAt }) => [String(name), Number(addedAt)]));
  }

  close(): void {
    this.#database.close();
  }

  #makeRoom(maxBytes: number): string[] {
    const evicted: string[] = [];
    let bytes = this.bytes;
    while (bytes > Math.max(0, maxBytes)) {
      const worst = this.#one("SELECT name, bytes, score FROM entry ORDER BY score LIMIT 1");
      if (worst === undefined) break;
      this.#run("UPDATE total SET floor = max(floor, ?)", Number(worst["score"]));
      this.#delete(String(worst["name"]));
      evicted.push(String(worst["name"]));
      bytes -= Number(worst["bytes"]);
    }
    return evicted;
  }

  #insert({ name, bytes, costMs }: IndexedEntry): void {
    const worth = costMs / bytes;
    this.#run(
      "INSERT INTO entry VALUES (?, ?, ?, 1, (SELECT floor FROM total) + ?, ?)",
      ...[name, bytes, worth, worth, Date.now()],
    );
    this.#run("UPDATE total SET bytes = bytes + ?", bytes);
  }

  #delete(name: string): void {
    const known = this.#one("DELETE FROM entry WHERE name = ? RETURNING bytes", name);
    if (known) this.#run("UPDATE total SET bytes = bytes - ?", Number(known["bytes"]));
  }

  #transaction<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #one(sql: string, ...values: (string | number)[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values);
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

/** A damaged index is made anew. */
function openSound(path: string): DatabaseSync {
  try {
    return openChecked(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
    return openChecked(path);
  }
}

function openChecked(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // what a power cut damages is found here at the next start, and every entry has its own checksum
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA journal_size_limit = 4194304");
    database.exec(SCHEMA);
    const [verdict] = database.prepare("PRAGMA quick_check(1)").all();
    if (verdict?.["quick_check"] !== "ok") throw new DamagedIndex();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class DamagedIndex extends Error {}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and a table of other columns than these. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedIndex) return true;
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26 || code === 1;
}
