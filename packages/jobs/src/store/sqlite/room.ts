import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "@zarr-gateway/primitives";

/** Share of the pages that new jobs leave free: jobs that are there need room to end, and even to be removed. */
const RESERVE = 0.1;

/** The size that a database may have. */
export class Room {
  readonly #database: DatabaseSync;
  readonly #maxPages: number;

  constructor(database: DatabaseSync, maxBytes: number | undefined) {
    this.#database = database;
    this.#maxPages = maxBytes === undefined ? Infinity : Math.ceil(maxBytes / this.#pragma("page_size"));
    if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${this.#maxPages}`);
  }

  /** @throws GatewayError overloaded when there is none for a new job */
  assertRoom(): void {
    if (this.#maxPages === Infinity) return;
    const used = this.#pragma("page_count") - this.#pragma("freelist_count");
    if (used > this.#maxPages * (1 - RESERVE))
      throw new GatewayError("overloaded", "the jobs database is full: remove jobs, or allow it more room");
  }

  #pragma(name: string): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}
