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
      // It does not change the values.
      const { rows } = await this.#pool.query<Row>({
        name: nameOf(text),
        text,
        values: (values ?? []) as unknown[],
      });
      return rows;
    } catch (error) {
      throw explained(error);
    }
  };

  /** Runs again where it collides with another transaction. @throws GatewayError; what `work` throws, undone */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
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

  async #tried<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    let broken: Error | boolean = false;
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on("error", lost);
    try {
      const begun = new Begun(client);
      const result = await work(begun);
      await begun.query("COMMIT");
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

/** One transaction on one connection. Each way to the server costs, so that several statements go together where they can. */
export interface Transaction {
  /** A statement with values, prepared once per connection: its text is its name. */
  readonly query: Query;
  /** Several statements without values; the rows of the last one. */
  readonly script: (text: string) => Promise<readonly Row[]>;
  /** A text as part of a script. */
  readonly literal: (text: string) => string;
}

class Begun implements Transaction {
  readonly #client: PoolClient;
  #begin = "BEGIN; ";

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query: Query = async (text, values) => {
    if (this.#begin !== "") await this.script("SELECT 1");
    return rowsOf(this.#client, text, values);
  };

  script = async (text: string): Promise<readonly Row[]> => {
    const result: unknown = await this.#client.query(`${this.#begin}${text}`);
    this.#begin = "";
    // One result for each statement, where there are several.
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as { readonly rows: readonly Row[] }).rows; // as `pg` documents it
  };

  literal = (text: string): string => this.#client.escapeLiteral(text);
}

async function rowsOf(
  client: Pick<PoolClient, "query">,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  // It does not change the values.
  const { rows } = await client.query<Row>({ name: nameOf(text), text, values: values as unknown[] });
  return rows;
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
