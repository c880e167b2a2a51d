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
      const { rows } = await this.#pool.query<Row>(text, values as unknown[] | undefined); // it does not change them
      return rows;
    } catch (error) {
      throw explained(error);
    }
  };

  /** Runs again where it collides with another transaction. @throws GatewayError; what `work` throws, undone */
  async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
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

  async #tried<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    let broken: Error | boolean = false;
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on("error", lost);
    try {
      await client.query("BEGIN");
      const result = await work(queryOf(client));
      await client.query("COMMIT");
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

function queryOf(client: PoolClient): Query {
  return async (text, values) => (await client.query<Row>(text, values as unknown[] | undefined)).rows; // it does not change them
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
  };
  return new Connections(new pg.Pool(options));
}
