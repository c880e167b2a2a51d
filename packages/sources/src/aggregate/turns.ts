import { setImmediate as nextTurn } from "node:timers/promises";

/** Others wait no longer than about this for the thread. */
const TURN_MS = 5;

/** Lets others go on between the steps of work over thousands of members: `if (turns.isDue) await turns.next()`. */
export class Turns {
  #since = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }
  async next(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
