import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";

/** Calls that wait for one transaction; more are refused. */
const MAX_WAITING = 10_000;
/** Of one transaction: a larger one would hold what it changes for too long. */
const MAX_AT_ONCE = 200;

interface Waiting<Change, Result> {
  readonly change: Change;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers changes that are asked for at the same time, for one transaction; one transaction at a time. */
export class GatheredChanges<Change, Result> {
  readonly #commit: (changes: readonly Change[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Change, Result>[] = [];
  #running: Promise<void> | undefined;

  /** @param commit all of them in one transaction, or a throw and none; results in the same order */
  constructor(commit: (changes: readonly Change[]) => Promise<readonly Result[]>) {
    this.#commit = commit;
  }

  /** @throws GatewayError overloaded; what `commit` throws for this change alone */
  make(change: Change): Promise<Result> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new GatewayError("overloaded", "too many changes wait for the jobs database"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** When everything asked for so far is settled. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // Everything that this turn of the event loop asks for goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, MAX_AT_ONCE));
    this.#running = undefined;
  }

  async #settle(batch: readonly Waiting<Change, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.map(({ change }) => change));
      // As many results as changes.
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      // A database that is busy, full or away is so for all; else one of them cannot be, and only it shall fail.
      const isShared = isGatewayError(error) && error.code === "overloaded";
      if (batch.length === 1 || isShared) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#settle([one]);
    }
  }
}
