import { Socket } from "node:net";
import type { Pool, PoolClient } from "pg";
import { explained, isCollision } from "./database-errors.ts";

export type Row = Readonly<Record<string, unknown>>;
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

const CONNECT_MS = 5000;
const QUERY_MS = 60_000;
/** Tries of a transaction that collides with another one. */
const TRIES = 5;

/** A bounded pool. A server that goes away and comes back is met by new connections. */
export class Connections {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
    // Of a connection that idles while the server goes away: the next query gets another.
    pool.on("error", () => {});
  }

  /** One statement. @throws GatewayError */
  query: Query = async (text, values) => {
    try {
      return (await this.#pool.query<Row>(prepared({ text, values: values ?? [] }))).rows;
    } catch (error) {
      throw explained(error);
    }
  };

  /**
   * Runs again where it collides with another transaction.
   * @param work reads under its locks, and says what to write: that goes to the server in one way with the commit
   * @throws GatewayError; what `work` throws, undone
   */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Outcome<Result>>): Promise<Result> {
    for (let left = TRIES - 1; ; left--)
      try {
        return await this.#tried(work);
      } catch (error) {
        if (left === 0 || !isCollision(error)) throw explained(error);
      }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #tried<Result>(work: (transaction: Transaction) => Promise<Outcome<Result>>): Promise<Result> {
    const client = await this.#pool.connect();
    let broken: Error | boolean = false;
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on("error", lost);
    try {
      const begun = client.query(BEGIN);
      begun.catch(() => {}); // told below, before anything is written
      const { result, writes } = await work(transactionOn(client));
      await begun;
      await committed(client, writes);
      return result;
    } catch (error) {
      // A connection that cannot even undo is not given to anybody else.
      await client.query("ROLLBACK").catch((failure: Error) => lost(failure));
      throw error;
    } finally {
      client.off("error", lost);
      client.release(broken);
    }
  }
}

/** What a transaction comes to. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly writes: readonly Statement[];
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * One transaction on one connection. Each way to the server costs: statements go out when they are asked for, behind those
 * before them and without waiting for them, so that those that need no answer of each other are asked for together.
 */
export interface Transaction {
  /** Prepared once per connection: its text is its name. */
  readonly query: Query;
  /** Planned anew for its values, where one plan for all would be a bad one. */
  readonly planned: Query;
  /** Several statements without values. */
  readonly script: (text: string) => Promise<void>;
}

function transactionOn(client: PoolClient): Transaction {
  return {
    query: async (text, values = []) => (await client.query<Row>(prepared({ text, values }))).rows,
    planned: async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
    script: async (text) => {
      await client.query(text);
    },
  };
}

async function committed(client: PoolClient, writes: readonly Statement[]): Promise<void> {
  const written = writes.map((statement) => client.query(prepared(statement)));
  // What fails is undone by a commit that comes after it; the first failure is the one that is told.
  const [commit] = await Promise.all([client.query(COMMIT), ...written]);
  if (commit.command !== "COMMIT") throw new Error("the transaction was undone");
}

function prepared({ text, values }: Statement): { name: string; text: string; values: unknown[] } {
  // It does not change the values.
  return { name: nameOf(text), text, values: values as unknown[] };
}

const names = new Map<string, string>();
/** The texts of this program are few; a name has at most 63 characters. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `zarr_gateway_${names.size}`;
  names.set(text, name);
  return name;
}

const BEGIN = prepared({ text: "BEGIN", values: [] });
const COMMIT = prepared({ text: "COMMIT", values: [] });

/** Holds what is written until the end of the turn: the statements of a turn cost one call of the system. */
class TurnSocket extends Socket {
  override uncork(): void {
    process.nextTick(() => super.uncork());
  }
}

/** Imports `pg`, which only installations with PostgreSQL need. */
export async function openConnections(url: string): Promise<Connections> {
  const { default: pg } = await import("pg");
  const options = {
    connectionString: url,
    application_name: "zarr-gateway",
    max: 8,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    statement_timeout: QUERY_MS,
    keepAlive: true,
    // Statements follow each other without waiting for answers.
    pipeline: true,
    stream: () => new TurnSocket(),
  };
  return new Connections(new pg.Pool(options));
}
