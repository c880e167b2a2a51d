/** What is known of a request before anything is done for it. */
export interface Question {
  /** Step number that is asked for. */
  readonly n: number;
  readonly ownSteps: number;
  readonly aheadSteps: number;
  /** undefined before the first step was timed: nothing is refused for its length then. */
  readonly ownMs: number | undefined;
  readonly aheadMs: number;
  readonly maxWaitMs: number;
  /** Asked again after it was refused for its length, when it was told to. */
  readonly isRetry: boolean;
}

export interface Refusal {
  readonly reason: "queue" | "length";
  readonly message: string;
  readonly retryAfterMs: number;
}

const MIN_RETRY_MS = 1000;

/**
 * Whether a request can be held until its field is there. One whose own steps take longer than any request is held is
 * refused once, with the time when to come back, and from then on held as long as there is time: it gets nearer each
 * time it is asked.
 */
export function refusalOf(question: Question): Refusal | undefined {
  const { ownMs, aheadMs, maxWaitMs, ownSteps, aheadSteps } = question;
  if (ownMs === undefined || ownMs + aheadMs <= maxWaitMs) return undefined;
  if (ownSteps <= 1 && aheadSteps === 0) return undefined;
  const words = estimateInWords(question);
  if (ownMs <= maxWaitMs) {
    // and a step more, so that it is not just in time then
    const retryAfterMs = Math.max(MIN_RETRY_MS, ownMs + aheadMs - maxWaitMs + ownMs / Math.max(1, ownSteps));
    return { reason: "queue", retryAfterMs, message: `${words}: ask again in ${seconds(retryAfterMs)}` };
  }
  if (question.isRetry && aheadMs <= maxWaitMs / 2) return undefined;
  const retryAfterMs = Math.max(MIN_RETRY_MS, aheadMs - maxWaitMs / 2);
  const message = `${words}: asked again in ${seconds(retryAfterMs)} it is begun, and goes on each time it is asked`;
  return { reason: "length", retryAfterMs, message };
}

/** Of a request that was held as long as it may be. */
export function lateRefusal(question: Omit<Question, "isRetry">): Refusal {
  const { ownMs = 0, aheadMs, maxWaitMs, ownSteps, n } = question;
  const retryAfterMs = Math.min(Math.max(MIN_RETRY_MS, ownMs + aheadMs), Math.max(MIN_RETRY_MS, maxWaitMs));
  const left = `${ownSteps} step${ownSteps === 1 ? " is" : "s are"} left`;
  const message =
    `step ${n} was not reached within the ${seconds(maxWaitMs)} that a request is held, ${left}: ` +
    `what was computed is kept, ask again in ${seconds(retryAfterMs)}`;
  return { reason: "length", retryAfterMs, message };
}

function estimateInWords({ n, ownSteps, aheadSteps, ownMs = 0, aheadMs, maxWaitMs }: Question): string {
  const others = aheadSteps > 0 ? ` after ${aheadSteps} of others` : "";
  const long = `about ${seconds(ownMs + aheadMs)}`;
  return `step ${n} needs ${ownSteps} steps of the model${others}, ${long}, and a request is held for ${seconds(maxWaitMs)}`;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`;
}

/** Runs that were refused for their length, or not reached in time, and when they may be asked again; bounded. */
export class Retries {
  readonly #until = new Map<string, { readonly fromMs: number; readonly untilMs: number }>();

  get size(): number {
    return this.#until.size;
  }

  /** Who asks too soon, again and again, does not put off the time that it was told first. */
  note(run: string, fromMs: number): void {
    const known = this.#until.get(run);
    const isNew = known === undefined || fromMs > known.untilMs;
    this.#until.delete(run);
    if (this.#until.size >= MAX_RETRIES) {
      const [oldest] = this.#until.keys();
      if (oldest !== undefined) this.#until.delete(oldest);
    }
    const earliestMs = isNew ? fromMs : Math.min(known.fromMs, fromMs);
    this.#until.set(run, { fromMs: earliestMs, untilMs: fromMs + RETRY_WITHIN_MS });
  }

  /** Whether it was noted, be it time or not. */
  knows(run: string): boolean {
    return this.#until.has(run);
  }

  has(run: string, nowMs: number): boolean {
    const known = this.#until.get(run);
    if (known === undefined || nowMs < known.fromMs) return false;
    if (nowMs <= known.untilMs) return true;
    this.#until.delete(run);
    return false;
  }
}

const MAX_RETRIES = 1024;
const RETRY_WITHIN_MS = 15 * 60 * 1000;
