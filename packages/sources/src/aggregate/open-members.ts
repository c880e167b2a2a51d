import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, SingleFlight } from "@zarr-gateway/primitives";

export interface OpenMembersOptions {
  /** Opens the member at a position of the list. */
  readonly open: (position: number, options: CallOptions) => Promise<Dataset>;
  /** The version a member must have; undefined: any. */
  readonly versionOf: (position: number) => string | undefined;
  readonly labelOf: (position: number) => string;
  /** Members kept open for the next read; those in use may be more for a moment. */
  readonly maxOpen?: number;
}

interface Entry {
  readonly dataset: Dataset;
  users: number;
  isRetired: boolean;
}

const MAX_OPEN = 64;

/** Members of an aggregate that were read lately, least recently used closed first. */
export class OpenMembers {
  readonly #options: OpenMembersOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #flights = new SingleFlight<number, Entry>();
  #isClosed = false;

  constructor(options: OpenMembersOptions) {
    this.#options = options;
  }

  /**
   * Calls `work` with the member open; it stays open until `work` has ended.
   * @throws GatewayError upstream when the member is no longer the one that was planned with
   */
  async use<Result>(
    position: number,
    work: (dataset: Dataset) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    let entry = this.#entries.get(position);
    while (entry === undefined || entry.isRetired) {
      entry = await this.#flights.run(position, (call) => this.#open(position, call), options);
    }
    this.#entries.delete(position); // moves it to the end: the first is always the least recently used
    this.#entries.set(position, entry);
    entry.users += 1;
    try {
      return await work(entry.dataset);
    } finally {
      entry.users -= 1;
      if (entry.isRetired && entry.users === 0) await entry.dataset.close?.();
      if (this.#entries.size > (this.#options.maxOpen ?? MAX_OPEN)) await this.#trim();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const entries = [...this.#entries];
    await Promise.all(entries.map(([position, entry]) => this.#retire(position, entry)));
  }

  async #open(position: number, options: CallOptions): Promise<Entry> {
    const dataset = await this.#options.open(position, options);
    const expected = this.#options.versionOf(position);
    if (expected !== undefined && dataset.version !== undefined && dataset.version !== expected) {
      await dataset.close?.();
      const label = this.#options.labelOf(position);
      throw new GatewayError("upstream", `"${label}" has changed while it was open, try again`, {
        changed: true,
      });
    }
    const entry: Entry = { dataset, users: 0, isRetired: false };
    if (this.#isClosed) {
      await dataset.close?.();
      throw new GatewayError("upstream", "the dataset was closed", { changed: true });
    }
    this.#entries.set(position, entry);
    return entry;
  }

  async #trim(): Promise<void> {
    for (const [position, entry] of this.#entries) {
      if (this.#entries.size <= (this.#options.maxOpen ?? MAX_OPEN)) return;
      if (entry.users === 0) await this.#retire(position, entry);
    }
  }

  async #retire(position: number, entry: Entry): Promise<void> {
    if (this.#entries.get(position) === entry) this.#entries.delete(position);
    if (entry.isRetired) return;
    entry.isRetired = true;
    if (entry.users === 0) await entry.dataset.close?.();
  }
}
