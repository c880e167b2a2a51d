import type { Client } from "pg";

/** The name of who made a change comes here when its transaction commits. */
export const CHANNEL = "zarr_gateway_jobs";
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** Hears by one connection of its own what other processes change; while it is away, polling finds it. */
export class News {
  readonly #url: string;
  /** Word by which this process knows its own news. */
  readonly #self: string;
  readonly #listeners = new Set<() => void>();
  #client: Client | undefined;
  #running: Promise<void> | undefined;
  #closing = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(url: string, self: string) {
    this.#url = url;
    this.#self = self;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#running ??= this.#listen();
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#client?.end().catch(() => {});
    await this.#running;
  }

  async #listen(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const hasHeard = await this.#heard().catch(() => false);
      if (hasHeard) pauseMs = FIRST_PAUSE_MS;
      if (!this.#isClosed) await this.#pause(pauseMs);
    }
  }

  /** Until the connection ends; false when there was none. */
  async #heard(): Promise<boolean> {
    const { default: pg } = await import("pg");
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "zarr-gateway news",
      keepAlive: true,
    });
    const ended = Promise.withResolvers<void>();
    client.on("error", () => ended.resolve());
    client.on("end", () => ended.resolve());
    client.on("notification", ({ payload }) => {
      if (payload !== this.#self) this.#tell();
    });
    try {
      await client.connect();
      this.#client = client;
      await client.query(`LISTEN ${CHANNEL}`);
      // Whatever happened before it listened.
      this.#tell();
      await Promise.race([ended.promise, this.#closing.promise]);
      return true;
    } finally {
      this.#client = undefined;
      await client.end().catch(() => {});
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#closing.promise]);
    clearTimeout(timer);
  }
}
